"""Reports of a task: what they are made of, how they look, where they are kept."""
