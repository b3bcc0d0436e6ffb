"""What `headwater doctor` looks at: installation, settings, root, index, and every byte that is kept."""
