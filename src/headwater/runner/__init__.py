"""The Python face of running."""
