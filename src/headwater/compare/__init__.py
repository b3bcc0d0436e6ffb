"""What is different between two runs, tasks or artifacts, told from records and summaries alone."""
