"""What each GPU reaches by itself."""
