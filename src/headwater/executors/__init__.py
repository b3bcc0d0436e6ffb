"""Where attempts run. Each executor speaks only the documents."""
