"""What other features are told of tokens."""

from django.dispatch import Signal

tokens_revoked = Signal()
"""Sent with `tokens` and `users`, two lists of ids, once the change is in the database."""
