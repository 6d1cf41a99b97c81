import pytest
from django.core.exceptions import ImproperlyConfigured

from whisperstream_site import env


@pytest.fixture
def set_variable(monkeypatch):
    for name in ("THING", "THING_FILE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch.setenv


def test_an_unset_or_empty_variable_gives_the_default(set_variable):
    assert env.integer("THING", 7) == 7
    set_variable("THING", " ")
    assert env.integer("THING", 7) == 7
    assert env.text("THING", "x") == "x"


@pytest.mark.parametrize(
    ("read", "value", "result"),
    [
        (lambda: env.text("THING"), " a b ", "a b"),
        (lambda: env.boolean("THING", False), "Yes", True),
        (lambda: env.boolean("THING", True), "off", False),
        (lambda: env.integer("THING", 0), "12", 12),
        (lambda: env.number("THING", 0), "0.25", 0.25),
        (lambda: env.choice("THING", "a", ("a", "b")), "B", "b"),
        (lambda: env.words("THING", []), "a, b,,c ", ["a", "b", "c"]),
        (lambda: env.base_path("THING"), "/", ""),
        (lambda: env.base_path("THING"), "dictation", "/dictation"),
        (lambda: env.base_path("THING"), "/dictation/", "/dictation"),
        (lambda: env.base_path("THING"), "/team/a.b/~dictation-2", "/team/a.b/~dictation-2"),
        (lambda: env.host("THING"), "smtp.example.org", "smtp.example.org"),
        (lambda: env.host("THING"), "::1", "::1"),
        (lambda: env.tcp_address("THING"), "tcp://127.0.0.1:10300", ("127.0.0.1", 10300)),
        (lambda: env.tcp_address("THING"), "tcp://[::1]:10300", ("::1", 10300)),
        (lambda: env.tcp_address("THING"), " ", None),
        (lambda: env.json_list("THING", []), '[{"urls": "stun:x"}]', [{"urls": "stun:x"}]),
    ],
)
def test_values(set_variable, read, value, result):
    set_variable("THING", value)
    assert read() == result


@pytest.mark.parametrize(
    ("read", "value", "sentence"),
    [
        (lambda: env.boolean("THING", False), "maybe", "THING must be yes or no"),
        (lambda: env.integer("THING", 0), "1.5", "THING must be a whole number"),
        (lambda: env.integer("THING", 1, least=1, most=9), "0", "THING must be a whole number from 1 to 9"),
        (lambda: env.integer("THING", 1, least=1), "0", "THING must be a whole number, at least 1"),
        (lambda: env.number("THING", 1, least=0), "nan", "THING must be a number, at least 0"),
        (lambda: env.choice("THING", "a", ("a", "b")), "c", "THING must be one of a, b"),
        *(
            (lambda: env.base_path("THING"), path, "THING must be a path")
            for path in ("https://example.org/dictation/", "/a b/", "/a/../b", "/a//b", "/a?b", "/a;b", "/ä")
        ),
        *(
            (lambda: env.key("THING"), key, "THING must be letters, digits")
            for key in ("a\nb: c", "schlüssel", "a b c")
        ),
        (lambda: env.host("THING"), "smtp.example.org:587", "THING must be the name of a host"),
        (lambda: env.host("THING"), "smtp://example.org", "THING must be the name of a host"),
        *(
            (
                lambda: env.tcp_address("THING"),
                address,
                "THING must be an address such as tcp://127.0.0.1:10300",
            )
            for address in (
                "localhost:10300",
                "http://127.0.0.1:10300",
                "tcp://localhost",
                "tcp://127.0.0.1:0",
                "tcp://127.0.0.1:70000",
                "tcp://:10300",
                "tcp://a@127.0.0.1:10300",
                "tcp://127.0.0.1:10300/",
                "tcp://[::1",
            )
        ),
        (lambda: env.json_list("THING", []), "[1]", "THING must be a JSON list of objects"),
        (lambda: env.json_list("THING", []), "{", "THING must be a JSON list of objects"),
    ],
)
def test_a_wrong_value_is_refused_by_name(set_variable, read, value, sentence):
    set_variable("THING", value)
    with pytest.raises(ImproperlyConfigured) as refusal:
        read()
    assert sentence in str(refusal.value)
    assert value not in str(refusal.value) or len(value) < 4, "a secret must not be repeated"


def test_a_file_holds_a_secret(set_variable, tmp_path):
    (tmp_path / "secret").write_text("s3cret\n")
    set_variable("THING_FILE", str(tmp_path / "secret"))
    assert env.text("THING") == "s3cret"


def test_a_value_and_a_file_contradict_each_other(set_variable, tmp_path):
    set_variable("THING", "a")
    set_variable("THING_FILE", str(tmp_path / "secret"))
    with pytest.raises(ImproperlyConfigured, match="Both THING and THING_FILE are set"):
        env.text("THING")


def test_a_file_that_cannot_be_read_is_named(set_variable, tmp_path):
    set_variable("THING_FILE", str(tmp_path / "missing"))
    with pytest.raises(ImproperlyConfigured, match=r"THING_FILE points to .*missing, which cannot be read"):
        env.text("THING")


def test_a_required_variable_says_what_for(set_variable):
    with pytest.raises(ImproperlyConfigured, match="THING must be set: it is needed"):
        env.required("THING", "it is needed.")
