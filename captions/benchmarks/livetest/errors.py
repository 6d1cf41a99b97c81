"""What can go wrong in a live test, told to the operator."""


class LivetestError(Exception):
    """The live test could not go on; the message is a sentence that says why and what to do."""
