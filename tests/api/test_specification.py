"""docs/openapi.json is what the operations are."""

import json
from pathlib import Path

from django.test import Client

from captions.api.urls import api
from tests.conftest import REPOSITORY

FILE = REPOSITORY / "docs" / "openapi.json"


def specification() -> str:
    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def test_the_document_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == specification(), (
        "python -m tests.api.test_specification writes it"
    )


def test_programs_find_it(client: Client, db: None) -> None:
    served = client.get("/api/v1/openapi.json").json()
    assert served["openapi"].startswith("3.1")
    assert "/api/v1/search" in served["paths"]


if __name__ == "__main__":
    Path(FILE).write_text(specification(), encoding="utf-8")
