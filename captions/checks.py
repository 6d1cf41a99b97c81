"""Django system checks of settings that operators often get wrong. They are cheap and load no model."""

import os
import re
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.urls import get_resolver

# RFC 7064 and 7065, as far as aiortc knows them.
_STUN = re.compile(r"stuns?:[^\s/?#@:]+(:[0-9]+)?")
_TURN = re.compile(r"turns?:[^\s/?#@:]+(:[0-9]+)?(\?transport=(udp|tcp))?")

_HOST = re.compile(r"[\w-]+(\.[\w-]+)*")
# What Django knows beside names: any host, those of a domain, and addresses.
_PATTERN = re.compile(r"\*|\.?[\w-]+(\.[\w-]+)*\.?|\[[0-9A-Fa-f:.]+\]")
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")


@register()
def stores(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Both stores need an address: from a variable, or from the launcher, which starts embedded ones."""
    return [
        Error(
            f"There is no {store}: {name} is not set and no embedded one is running.",
            hint=f"Start the product with script/run, or set {name}.",
            id=f"captions.E00{number}",
        )
        for number, name, store in ((1, "DATABASE_URL", "PostgreSQL"), (2, "REDIS_URL", "Valkey or Redis"))
        if not getattr(settings, name)
    ]


@register()
def ice_servers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    problems = [
        f"entry {number}: {problem}"
        for number, server in enumerate(settings.ICE_SERVERS, start=1)
        if (problem := _ice_problem(server))
    ]
    return [
        Error(
            f"ICE_SERVERS: {problem}",
            hint='For example [{"urls": "turn:turn.example.org:3478", "username": "u", "credential": "secret"}].',
            id="captions.E003",
        )
        for problem in problems
    ]


def _ice_problem(server: dict[str, Any]) -> str:
    """What is wrong with an entry, without quoting an address, which may hold a password by mistake."""
    urls = server.get("urls")
    urls = [urls] if isinstance(urls, str) else urls
    if not isinstance(urls, list) or not urls or not all(isinstance(url, str) for url in urls):
        return 'every entry needs "urls": an address or a list of them.'
    for url in urls:
        if not url.startswith(("stun:", "stuns:", "turn:", "turns:")):
            return "its address does not begin with stun:, stuns:, turn: or turns:."
        if "@" in url:
            return "its address must hold no user and no password; username and credential are for those."
        if not _STUN.fullmatch(url) and not _TURN.fullmatch(url):
            return (
                "its address must be a scheme and a host, then at most a port and for turn: and turns: "
                "?transport=udp or ?transport=tcp."
            )
        if _TURN.fullmatch(url) and not (server.get("username") and server.get("credential")):
            return "an address with turn: or turns: needs a username and a credential."
    if unknown := set(server) - {"urls", "username", "credential"}:
        return f"unknown key {', '.join(sorted(unknown))}."
    return ""


@register()
def origins(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"ALLOWED_ORIGINS: {_quoted(origin)} is not an origin.",
            hint="Write scheme, host and (unless it is the usual one) port: https://dictation.example.org. "
            "A path goes into BASE_PATH.",
            id="captions.E004",
        )
        for origin in settings.ALLOWED_ORIGINS
        if not _is_origin(origin)
    ]


def _is_origin(origin: str) -> bool:
    try:
        parts = urlsplit(origin)
        bare = origin == f"{parts.scheme}://{parts.netloc}" and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False
    return bare and parts.scheme in ("http", "https") and bool(parts.hostname)


def _quoted(address: str) -> str:
    return "an entry with a user or a password" if "@" in address else address


@register()
def hosts(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{name}: {_quoted(host)} is not the name of a host.",
            hint="Write it without https://, without a port and without a path: dictation.example.org",
            id="captions.E009",
        )
        for name, also in (("ALLOWED_HOSTS", _PATTERN), ("CAPTION_OUTPUT_HOSTS", _ADDRESS))
        for host in getattr(settings, name)
        if not _HOST.fullmatch(host) and not also.fullmatch(host)
    ]


@register()
def folders(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{name} is {folder}, where user {os.geteuid()} cannot write.",
            hint="Give access there, or set it to another folder. A container keeps it on a volume.",
            id="captions.E011",
        )
        for name in ("VAR_DIR", "SOUND_DIR", "UPLOAD_DIR")
        if not _can_be_written(folder := getattr(settings, name))
    ]


def _can_be_written(folder: Path) -> bool:
    """Whether this user can make files in the folder, or the folder itself where there is none yet."""
    existing = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


@register()
def base_path(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A proxy that cuts BASE_PATH off must leave nothing that looks as if it were still there."""
    first = settings.BASE_PATH.strip("/").split("/")[0]
    own = {
        str(each.pattern).split("/")[0]
        for urls in (None, "captions.urls")
        for each in get_resolver(urls).url_patterns
    }
    if not first or first not in own | {"static", "ws"}:
        return []
    return [
        Error(
            f"BASE_PATH: /{first}/ is the path of a page of WhisperStream itself.",
            hint="Choose another one, such as /dictation/.",
            id="captions.E010",
        )
    ]


@register()
def speech_model(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A model that looks like a path must be a folder with a model. A name is only checked when its model is loaded."""
    return [
        Error(
            f"{name}: {problem}",
            hint="Name a model of faster-whisper, such as base, or a folder with a model in CTranslate2's format.",
            id="captions.E005",
        )
        for name in ("WHISPER_MODEL", "SECOND_PASS_MODEL")
        if (problem := _model_problem(getattr(settings, name)))
    ]


def _model_problem(model: str) -> str:
    if not model.startswith(("/", "./", "../", "~")):
        return ""
    try:
        folder = Path(model).expanduser()
    except RuntimeError:
        return "~ means nothing for a user without a home: write the whole path."
    if (folder / "model.bin").is_file():
        return ""
    return f"{model} {'holds no model.bin' if folder.is_dir() else 'is not a folder'}."


@register()
def speech_device(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.WHISPER_DEVICE != "cuda":
        return []
    import ctranslate2

    if ctranslate2.get_cuda_device_count():
        return []
    return [
        Error(
            "WHISPER_DEVICE is cuda, but no CUDA device can be used here.",
            hint="Install NVIDIA's driver with cuBLAS and cuDNN for CUDA 12, or set WHISPER_DEVICE=cpu.",
            id="captions.E006",
        )
    ]


@register(Tags.security, deploy=True)
def production(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Settings that a public server needs."""
    messages: list[CheckMessage] = []
    if not settings.ALLOWED_ORIGINS:
        messages.append(
            Error(
                "ALLOWED_ORIGINS is empty: no page could open its socket.",
                hint="Set it to the address people type, for example https://dictation.example.org",
                id="captions.E008",
            )
        )
    for origin in settings.ALLOWED_ORIGINS:
        if urlsplit(origin).scheme != "https":
            messages.append(
                Warning(
                    f"ALLOWED_ORIGINS: {origin} is not HTTPS.",
                    hint="Browsers give no microphone to pages over plain HTTP.",
                    id="captions.W001",
                )
            )
    if settings.TRUSTED_PROXY_COUNT == 0:
        messages.append(
            Warning(
                "TRUSTED_PROXY_COUNT is 0, but the web process itself speaks no TLS.",
                hint="Set it to the number of reverse proxies in front, so that HTTPS and client addresses are known.",
                id="captions.W002",
            )
        )
    if not settings.EMAIL_HOST:
        messages.append(
            Warning(
                "EMAIL_HOST is not set: password mails go to the log of the web process.",
                hint="Set EMAIL_HOST and its companions to an SMTP server.",
                id="captions.W003",
            )
        )
    if settings.WYOMING_ADDRESS and not _is_inside(settings.WYOMING_ADDRESS[0]):
        messages.append(
            Warning(
                "WYOMING_URI is neither an address of this machine nor one of a private network.",
                hint="Whoever reaches it dictates without a password and without encryption. Set it to the address of "
                "this machine in one private network or VPN, such as tcp://192.168.0.4:10300, or to 127.0.0.1.",
                id="captions.W004",
            )
        )
    return messages


def _is_inside(host: str) -> bool:
    """Whether only this machine, or those of a private network, can reach what listens on this host."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_private and not address.is_unspecified
