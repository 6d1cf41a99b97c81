"""Backups: a folder with a dump of the database and every file that belongs to it, and the way back."""
