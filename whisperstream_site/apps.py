from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The project itself: its commands start the processes of the product."""

    name = "whisperstream_site"

    def ready(self) -> None:
        # Whoever sends a task needs the Celery application, which knows the broker.
        from . import celery  # noqa: F401
