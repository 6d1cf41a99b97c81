"""Webhooks: what happens in an account is posted to addresses that its person names."""
