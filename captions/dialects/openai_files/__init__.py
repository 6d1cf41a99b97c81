"""OpenAI's endpoints for files: what is asked in a form, and what is answered. See docs/openai.md."""
