"""How other programs say what this one says: pure functions, one module a dialect. See docs/clients.md."""
