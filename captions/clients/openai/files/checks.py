"""Whether what is asked for can be had of the model of this server."""

import re

from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils.translation import gettext as _

from ....core.translating import can_translate
from ....dialects.openai_files.asking import Asked
from ....tokens.admission import Refusal
from ...languages import check_language
from ...loaded import loaded_models
from ..models import ALIASES, no_model

# OpenAI's names may have these at their ends.
_VARIANT = re.compile(r"(-diarize)?(-\d{4}-\d{2}-\d{2})?$")


async def check(asked: Asked) -> None:
    """Raises Refusal."""
    names = await sync_to_async(loaded_models)()
    if settings.MODELS_STRICT and _VARIANT.sub("", asked.model) not in (*ALIASES, *names):
        raise no_model(asked.model)
    only = await sync_to_async(check_language)(asked.language)
    if asked.translate and not all(can_translate(name, only) for name in names or [""]):
        raise Refusal(
            400,
            "unsupported_model",
            _("The speech model of this server cannot translate. Its operator can choose another one."),
            param="model",
        )
