"""What an author touches."""
