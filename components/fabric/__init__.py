"""The Elastic Fabric Adapter between the nodes of a fleet."""
