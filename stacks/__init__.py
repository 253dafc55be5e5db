"""What an environment is: its settings, and the layers that are declared from them."""
