from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CaptionsConfig(AppConfig):
    name = "captions"
    verbose_name = _("Captions")

    def ready(self) -> None:
        from . import checks  # noqa: F401
        from .files import tidying
        from .signaling import signals
        from .sound import deletion
        from .transcripts import archive

        signals.connect()
        deletion.connect()
        tidying.connect()
        archive.connect()
