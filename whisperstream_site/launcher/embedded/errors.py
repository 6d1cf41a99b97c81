class StoreError(Exception):
    """An embedded store could not be started or stopped; the message is a sentence for the operator."""
