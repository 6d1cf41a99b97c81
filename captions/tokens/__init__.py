"""API tokens: with them programs act for an account."""
