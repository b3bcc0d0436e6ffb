"""The few documents that cross process boundaries: frozen, versioned, JSON."""
