"""Our own HTTP API, /api/v1/, for programs with a token. docs/api.md describes it, docs/openapi.json specifies it."""
