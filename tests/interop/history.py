"""The transcripts of the account, as its own API has them."""

from typing import Any, cast

import httpx

from tests.interop.product import Product
from tests.processes import until


class History:
    def __init__(self, product: Product, token: str) -> None:
        self._client = httpx.Client(
            base_url=f"{product.url}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
            trust_env=False,
        )

    def ask(self, method: str, path: str, **arguments: Any) -> Any:
        response = self._client.request(method, path, **arguments)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if "json" in response.headers.get("content-type", "") else response.text

    def sessions(self) -> list[dict[str, Any]]:
        """The newest first."""
        return cast(list[dict[str, Any]], self.ask("GET", "/sessions")["items"])

    def ids(self) -> set[str]:
        return {session["id"] for session in self.sessions()}

    def new_since(self, before: set[str]) -> str:
        """The transcript that has come since the ids were read; waits for it."""
        return until(lambda: next(iter(self.ids() - before), ""), "a new transcript", 30)

    def utterances(self, session: str) -> list[dict[str, Any]]:
        return cast(list[dict[str, Any]], self.ask("GET", f"/sessions/{session}/utterances")["items"])

    def text(self, session: str) -> str:
        return " ".join(utterance["text"] for utterance in self.utterances(session))

    def wait_for_end(self, session: str) -> None:
        until(
            lambda: self.ask("GET", f"/sessions/{session}")["state"] == "ended",
            "the end of the dictation",
            90,
        )
