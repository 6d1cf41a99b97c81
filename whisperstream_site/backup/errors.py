from captions.core.errors import RefusedError


class BackupError(RefusedError):
    """Why a backup is not made or not restored, as a sentence for an operator."""
