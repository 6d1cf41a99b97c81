"""docs/openapi.json is what the operations are. `python -m tests.api.test_specification` writes it."""

import json
import os

from django.test import Client

from tests.conftest import REPOSITORY

FILE = REPOSITORY / "docs" / "openapi.json"


def specification() -> str:
    # Needs Django to be set up.
    from captions.api.urls import api

    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def test_the_document_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == specification()


def test_every_operation_says_what_it_does() -> None:
    for path, operations in json.loads(specification())["paths"].items():
        for method, operation in operations.items():
            # Left alone, a summary is the name of a function.
            assert " " in operation["summary"], (method, path)
            assert operation["description"].endswith("."), (method, path)


def test_programs_find_it(client: Client, db: None) -> None:
    served = client.get("/api/v1/openapi.json").json()
    assert served["openapi"].startswith("3.1")
    assert "/api/v1/search" in served["paths"]


if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.checking_settings"
    django.setup()
    FILE.write_text(specification(), encoding="utf-8")
