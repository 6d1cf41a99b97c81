class BenchError(Exception):
    """The benchmark could not be run; the message is a sentence for a person."""
