"""Django's backend for PostgreSQL, which takes a server's silence for an outage within two seconds."""
