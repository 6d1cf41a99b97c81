"""Clients of the Wyoming protocol, such as Home Assistant."""
