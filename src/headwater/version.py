"""The version, where every room may ask for it; the distribution takes it from here."""

__version__ = "0.1.0"
