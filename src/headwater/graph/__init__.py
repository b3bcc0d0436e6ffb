"""The graph of a flow: its shape, what each join waits for, what is wrong with it. Pure."""
