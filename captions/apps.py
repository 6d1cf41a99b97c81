from django.apps import AppConfig


class CaptionsConfig(AppConfig):
    name = "captions"

    def ready(self) -> None:
        from . import checks  # noqa: F401
        from .signaling import signals
        from .sound import deletion

        signals.connect()
        deletion.connect()
