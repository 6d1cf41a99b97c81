"""The ASGI application: routes HTTP to Django and WebSockets to the signaling consumer."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "whisperstream_site.settings")
django_application = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import OriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402

from captions.live.signaling.routing import websocket_urlpatterns  # noqa: E402

from .base_path import UnderBasePath  # noqa: E402

application = UnderBasePath(
    ProtocolTypeRouter(
        {
            "http": django_application,
            "websocket": OriginValidator(
                AuthMiddlewareStack(URLRouter(websocket_urlpatterns)), settings.ALLOWED_ORIGINS
            ),
        }
    ),
    settings.BASE_PATH,
)
