import pytest
from asgiref.sync import sync_to_async
from pytest_django.fixtures import Settings

from captions.clients.loaded import loaded_model, loaded_models
from captions.protocol.registry import Registry, WorkerState

pytestmark = pytest.mark.django_db(transaction=True)


async def test_the_models_that_workers_have(settings: Settings) -> None:
    settings.WHISPER_MODEL = ""
    assert await sync_to_async(loaded_models)() == []
    assert await sync_to_async(loaded_model)() == "whisper"
    settings.WHISPER_MODEL = "small"
    assert await sync_to_async(loaded_model)() == "small"
    registry = Registry()
    await registry.announce(WorkerState("a", "ready", model="/srv/models/whisper-base", room=1))
    await registry.announce(WorkerState("b", "ready", model="Systran/faster-whisper-tiny", room=1))
    assert await sync_to_async(loaded_models)() == ["whisper-base", "Systran/faster-whisper-tiny"]
    await registry.close()
