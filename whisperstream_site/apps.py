from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The Django project as an app, for the management commands that start its processes."""

    name = "whisperstream_site"

    def ready(self) -> None:
        # Every process that sends tasks needs the Celery application, which knows the broker.
        from . import celery  # noqa: F401
