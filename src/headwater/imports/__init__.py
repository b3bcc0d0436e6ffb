"""Runs of other systems, read where they are and answered as ours."""
