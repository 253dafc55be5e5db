"""A Kubernetes cluster on EKS, and fleets as its node groups."""
