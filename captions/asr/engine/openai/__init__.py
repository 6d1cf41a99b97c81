"""An engine that has sounds decoded by a service elsewhere which understands OpenAI's transcriptions."""
