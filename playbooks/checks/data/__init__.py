"""What is written is read back: on the nodes, on Lustre and in the bucket; and how fast."""
