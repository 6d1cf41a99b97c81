"""Text out: captions as server-sent events, and the page for an audience with the links to it."""
