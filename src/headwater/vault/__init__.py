"""Secrets of steps: the back ends that know them, which variables an attempt gets, and masking what leaves it."""
