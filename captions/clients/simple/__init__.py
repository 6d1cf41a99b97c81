"""A few endpoints that a page of anybody can speak to with twenty lines of its own: offer, candidates, text."""
