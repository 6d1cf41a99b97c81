"""Calls one method of openai's client as a user's program does, synchronously or not.

`call` names it (`audio.transcriptions.create`), `arguments` are its own, `files` are paths to open. The answer is
`{"result"}`, `{"events"}` of a stream, or `{"error"}`.
"""

import asyncio
from contextlib import ExitStack
from functools import reduce
from typing import Any

import openai
from say import answer, asked


def main() -> None:
    ask = asked()
    with ExitStack() as stack:
        files = {key: stack.enter_context(open(path, "rb")) for key, path in ask.get("files", {}).items()}
        arguments = {**ask.get("arguments", {}), **files}
        try:
            answer(_asynchronous(ask, arguments) if ask.get("is_async") else _synchronous(ask, arguments))
        except openai.APIError as error:
            answer({"error": _of(error)})


def _synchronous(ask: dict[str, Any], arguments: dict[str, Any]) -> Any:
    client = openai.OpenAI(base_url=ask["base_url"], api_key=ask["token"])
    result = _method(client, ask["call"])(**arguments)
    if isinstance(result, openai.Stream):
        return {"events": [_plain(event) for event in result]}
    return {"result": _plain(result)}


def _asynchronous(ask: dict[str, Any], arguments: dict[str, Any]) -> Any:
    async def call() -> Any:
        async with openai.AsyncOpenAI(base_url=ask["base_url"], api_key=ask["token"]) as client:
            result = await _method(client, ask["call"])(**arguments)
            if isinstance(result, openai.AsyncStream):
                return {"events": [_plain(event) async for event in result]}
            return {"result": _plain(result)}

    return asyncio.run(call())


def _method(client: Any, name: str) -> Any:
    return reduce(getattr, name.split("."), client)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return {
        **value.to_dict(mode="json"),
        "class": type(value).__name__,
        "request": getattr(value, "_request_id", None),
    }


def _of(error: openai.APIError) -> dict[str, Any]:
    return {
        "class": type(error).__name__,
        "message": error.message,
        "code": error.code,
        "param": error.param,
        "type": error.type,
        "status": getattr(error, "status_code", None),
        "request": getattr(error, "request_id", None),
    }


main()
