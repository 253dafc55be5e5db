"""Where data stays: buckets, and Lustre file systems."""
