"""Measures the live path on recorded speech: how soon, how steady, how faithful, and what it costs."""
