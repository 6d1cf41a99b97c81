"""Who speaks when in a sound: engines behind one protocol. Nothing here needs Django."""
