from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CaptionsConfig(AppConfig):
    name = "captions"
    verbose_name = _("Transcripts")

    def ready(self) -> None:
        from . import checks  # noqa: F401
        from .account import archive, logins
        from .live import revoking
        from .live.signaling import signals
        from .recordings import deletion
        from .uploads import tidying

        signals.connect()
        revoking.connect()
        deletion.connect()
        tidying.connect()
        archive.connect()
        logins.connect()
