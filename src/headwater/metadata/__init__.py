"""The index over the records: fast to ask, safe to delete."""
