"""The WebSocket of a device that has joined a dictation: its cookie opens this one session, and no login does."""

from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings

from ...protocol.commands import device_group, login_group
from ..signaling.consumer import SessionConsumer
from . import grants, joining
from .conversation import DeviceConversation


class DeviceConsumer(SessionConsumer):
    """Passes signaling and text between the page of a phone and a DeviceConversation."""

    async def open(self) -> None:
        self.speak("")
        cookie = self.scope["cookies"].get(settings.DEVICE_COOKIE_NAME, "")
        grant = await sync_to_async(grants.of_cookie, thread_sensitive=False)(cookie)
        if grant is None or grant.session != self.session_id:
            raise joining.left()
        conversation = DeviceConversation(
            grant, cookie, self.channel_name, self.channel_layer, self.send_event
        )
        await self.begin(conversation, login_group(grant.user), device_group(str(grant.session)))

    async def device_removed(self, event: dict[str, Any]) -> None:
        if isinstance(self.conversation, DeviceConversation):
            await self.attempt(self.conversation.recheck())
