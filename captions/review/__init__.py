"""Review of transcripts: the queue, the places to check, the decisions, and the access log."""
