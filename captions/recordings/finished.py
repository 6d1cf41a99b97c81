"""Finished local files on their way into a storage."""

from django.core.files import File


class FinishedFile(File):  # type: ignore[type-arg]
    """A local file that Django's FileSystemStorage moves instead of copying; `name` is its path."""

    def temporary_file_path(self) -> str:
        return str(self.name)
