"""What is done after the verdict: keep work away from the nodes that are to blame, and replace exactly these."""
