"""Runs one attempt anywhere: inputs, wrappers, the step, outputs, commit."""
