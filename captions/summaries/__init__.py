"""Summaries of transcripts, written by a language model elsewhere."""
