"""What runs inside the cluster: the second layer."""
