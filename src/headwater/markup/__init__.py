"""What pages, notebooks and cards share: HTML as values, the colours, how values and failures are told."""
