"""What AWS has to offer: instance types, and the accelerators in them."""
