"""What would exist, told before anything does."""
