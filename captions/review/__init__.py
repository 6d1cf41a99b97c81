"""Transcripts through other ears: who looks at which, what needs hearing, what became of it, and who has seen it."""
