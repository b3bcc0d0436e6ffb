"""Looking after a root: what takes space, what may go, and removing it while runs go on."""
