"""The ASGI application: HTTP goes to Django, WebSockets of our pages to the signaling consumer, others to dialects."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "whisperstream_site.settings")
django_application = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from captions.clients import routing as clients  # noqa: E402
from captions.live.signaling import routing as signaling  # noqa: E402

from .base_path import UnderBasePath  # noqa: E402
from .ports import ByPort, nowhere  # noqa: E402
from .sockets import KnownOrigins, Sockets  # noqa: E402

# A page brings cookies, which another site could make use of; a token comes only from whoever has it.
page_sockets = KnownOrigins(
    AuthMiddlewareStack(URLRouter(signaling.websocket_urlpatterns)), settings.ALLOWED_ORIGINS
)
client_sockets = URLRouter(clients.websocket_urlpatterns)

site = UnderBasePath(
    ProtocolTypeRouter({"http": django_application, "websocket": Sockets(page_sockets, client_sockets)}),
    settings.BASE_PATH,
)
# It needs no token, so there is nothing else.
vosk_port = ProtocolTypeRouter({"http": nowhere, "websocket": URLRouter(clients.vosk_port_urlpatterns)})

application = ByPort({settings.VOSK_PORT: vosk_port} if settings.VOSK_PORT else {}, site)
