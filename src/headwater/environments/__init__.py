"""The closure of a run: the code as it was, the interpreter and what was installed."""
