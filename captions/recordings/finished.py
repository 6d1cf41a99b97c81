"""Files that are made on this machine before they are kept."""

from django.core.files import File


class FinishedFile(File):  # type: ignore[type-arg]
    """A file that a local storage may take over instead of copying it; `name` is its path."""

    def temporary_file_path(self) -> str:
        return str(self.name)
