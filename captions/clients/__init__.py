"""Existing programs speak to the product as they are: a room for each family of them."""
