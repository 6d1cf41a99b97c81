import json
import re
from typing import Any

import pytest
from compose_spec import PyCompose
from django.core.management import get_commands

from tests.conftest import REPOSITORY
from tests.deploy.shipped import compose
from tests.site.test_documents import table

_GIVEN = {"POSTGRES_PASSWORD": "secret", "ADMIN_PASSWORD": "secret"}
_WITHOUT_PORT = {"audioworker", "celery", "files", "gaps", "outputs"}


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose(**_GIVEN)["services"]
    return found


def roles() -> dict[str, dict[str, Any]]:
    return {name: each for name, each in services().items() if each["image"].startswith("whisperstream")}


def test_it_is_what_the_specification_of_compose_says() -> None:
    found = PyCompose.from_json(json.dumps(compose(**_GIVEN)))
    assert set(found.service_names()) == set(services())


@pytest.mark.parametrize("name", _GIVEN)
def test_no_password_is_made_up(name: str) -> None:
    with pytest.raises(KeyError, match=name):
        compose(**{given: value for given, value in _GIVEN.items() if given != name})


def test_every_role_runs_and_has_one_port_in_all() -> None:
    lines = (REPOSITORY / "Procfile").read_text().splitlines()
    wanted = {
        name: command.split() for name, command in (line.split(": ") for line in lines) if name != "wyoming"
    }
    assert {name: each["command"] for name, each in roles().items() if name != "prepare"} == wanted
    published = [port for each in services().values() for port in each.get("ports", [])]
    assert published == ["127.0.0.1:8000:8000"]


def test_no_role_can_do_more_than_it_needs() -> None:
    for name, role in roles().items():
        assert role["user"] == "10001:0", name
        assert role["read_only"], name
        assert role["cap_drop"] == ["ALL"], name
        assert role["security_opt"] == ["no-new-privileges:true"], name
        assert role["volumes"] == ["data:/var/lib/whisperstream"], name


def test_roles_without_a_port_say_that_they_are_alive() -> None:
    told = {name for name, role in roles().items() if role["environment"].get("ALIVE_FILE") == "/tmp/alive"}
    assert told == _WITHOUT_PORT


def test_a_role_has_the_time_to_stop_that_its_unit_gives_it() -> None:
    for name, role in roles().items():
        unit = f"whisperstream-{name}{'@' if name == 'web' else ''}.service"
        text = (REPOSITORY / "deploy" / "systemd" / unit).read_text()
        found = re.search(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
        if name not in ("prepare", "outputs"):
            assert found
            assert role["stop_grace_period"] == f"{found[1]}s", name


def test_the_variables_and_commands_exist() -> None:
    for role in roles().values():
        assert set(role["environment"]) <= set(table())
        assert role["command"][2] in get_commands()
