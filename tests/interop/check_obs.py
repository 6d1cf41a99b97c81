"""OBS Studio: an offer of its own library (libdatachannel), with sound and a picture."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.interop import clients
from tests.interop.history import History
from tests.interop.product import Product
from tests.interop.recordings import Recording

pytestmark = pytest.mark.door("POST /whip")


def publish(product: Product, token: str, said: Recording, folder: Path, **ask: Any) -> Any:
    packets = folder / "packets.json"
    packets.write_text(
        json.dumps([base64.b64encode(packet).decode() for packet in said.opus_packets(folder)])
    )
    return clients.node("whip", **{"url": f"{product.url}/whip", "token": token, "packets": packets, **ask})


@pytest.mark.parametrize("is_older", [False, True], ids=["today", "30.1"])
def test_sound_runs_and_the_picture_does_not(
    product: Product, token: str, history: History, said: Recording, tmp_path: Path, is_older: bool
) -> None:
    before = history.ids()
    told = publish(product, token, said, tmp_path, is_older=is_older)
    assert told["status"] == 201, told
    assert told["location"].startswith("/whip/sessions/")
    assert told["etag"].startswith('"')
    _assert_picture_refused(told["body"])
    assert told["isOpen"]
    assert not told["isPictureOpen"]
    # OBS warns of every other answer.
    assert (told["ended"], told["again"]) == (200, 404)
    session = history.new_since(before)
    history.wait_for_end(session)
    said.assert_heard_as(history.text(session))


def _assert_picture_refused(answer: str) -> None:
    lines = answer.splitlines()
    assert [line.split()[1] == "0" for line in lines if line.startswith("m=")] == [False, True]
    assert "a=group:BUNDLE 0" in lines


def test_a_dictation_is_searched_edited_and_exported(
    product: Product, token: str, history: History, said: Recording, tmp_path: Path
) -> None:
    before = history.ids()
    publish(product, token, said, tmp_path)
    session = history.new_since(before)
    history.wait_for_end(session)
    (first, *_) = history.utterances(session)
    word = max(first["text"].split(), key=len).strip(".,")
    found = history.ask("GET", "/search", params={"q": word})
    assert session in json.dumps(found)
    change = {"text": "Corrected by hand.", "version": first["version"]}
    history.ask("PATCH", f"/sessions/{session}/utterances/{first['seq']}", json=change)
    assert "Corrected by hand." in history.ask("GET", f"/sessions/{session}/export.txt")


def test_a_wrong_key(product: Product, token: str, said: Recording, tmp_path: Path) -> None:
    assert publish(product, "wsp_wrong", said, tmp_path)["status"] == 401


def test_a_token_that_may_not_dictate(
    product: Product, token: str, read_token: str, said: Recording, tmp_path: Path
) -> None:
    assert publish(product, read_token, said, tmp_path)["status"] == 403
