"""Processes that have imported the author's file and run attempts from documents."""
