"""Walks the graph: what may run next, what follows a result, what a resumed run takes over."""
