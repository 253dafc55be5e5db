"""The local stand-in: a moto server for AWS, and SSH hosts for the nodes."""
