import pytest

from captions import checks


def ids(messages) -> list[str]:
    return [message.id for message in messages]


def test_the_settings_of_the_tests_are_in_order():
    for check in (
        checks.stores,
        checks.ice_servers,
        checks.origins,
        checks.hosts,
        checks.base_path,
        checks.speech_model,
        checks.speech_device,
    ):
        assert check(None) == []


@pytest.mark.parametrize(("name", "number"), [("DATABASE_URL", "E001"), ("REDIS_URL", "E002")])
def test_a_store_without_an_address(settings, name, number):
    setattr(settings, name, "")
    messages = checks.stores(None)
    assert ids(messages) == [f"captions.{number}"]
    assert f"{name} is not set" in messages[0].msg


@pytest.mark.parametrize(
    "server",
    [
        {"urls": "stun:stun.example.org"},
        {"urls": ["stun:a:3478", "stuns:b"]},
        {"urls": "turns:t.example.org?transport=tcp", "username": "u", "credential": "c"},
    ],
)
def test_ice_servers_that_can_work(settings, server):
    settings.ICE_SERVERS = [server]
    assert checks.ice_servers(None) == []


@pytest.mark.parametrize(
    ("server", "problem"),
    [
        ({}, 'needs "urls"'),
        ({"urls": []}, 'needs "urls"'),
        ({"urls": [3]}, 'needs "urls"'),
        ({"urls": "https://example.org"}, "does not begin with stun:"),
        ({"urls": "stun:"}, "must be a scheme and a host"),
        ({"urls": "stun:a:port"}, "must be a scheme and a host"),
        ({"urls": "stun:a?transport=udp"}, "must be a scheme and a host"),
        ({"urls": "turn://a", "username": "u", "credential": "c"}, "must be a scheme and a host"),
        ({"urls": "turn:a?transport=tls", "username": "u", "credential": "c"}, "must be a scheme and a host"),
        ({"urls": "turn:a b", "username": "u", "credential": "c"}, "must be a scheme and a host"),
        ({"urls": "turn:u:p@a"}, "username and credential are for those"),
        ({"urls": "turn:example.org"}, "needs a username and a credential"),
        ({"urls": "stun:a", "user": "u"}, "unknown key user"),
    ],
)
def test_ice_servers_that_cannot(settings, server, problem):
    settings.ICE_SERVERS = [server]
    (message,) = checks.ice_servers(None)
    assert problem in message.msg
    assert message.msg.startswith("ICE_SERVERS: entry 1: ")


def test_an_ice_server_is_named_by_its_number_never_by_its_address(settings):
    settings.ICE_SERVERS = [{"urls": "stun:a"}, {"urls": ["stun:b", "turn:u:s3cret@a"]}]
    (message,) = checks.ice_servers(None)
    assert message.msg.startswith("ICE_SERVERS: entry 2: ")
    assert "s3cret" not in message.msg


@pytest.mark.parametrize(
    "origin",
    [
        "example.org",
        "https://example.org/",
        "https://example.org/dictation",
        "ws://example.org",
        "*",
        "https://a?b",
        "https://a:port",
        "https://[a",
        "https://",
    ],
)
def test_what_is_not_an_origin(settings, origin):
    settings.ALLOWED_ORIGINS = ["https://fine.example.org:8443", origin]
    (message,) = checks.origins(None)
    assert f"{origin} is not an origin" in message.msg


def test_an_origin_with_a_password_is_not_quoted(settings):
    settings.ALLOWED_ORIGINS = ["https://u:s3cret@example.org"]
    (message,) = checks.origins(None)
    assert "s3cret" not in message.msg


@pytest.mark.parametrize("host", ["https://example.org", "example.org:8443", "example.org/dictation", "a b"])
def test_what_is_not_a_host(settings, host):
    settings.ALLOWED_HOSTS = ["fine.example.org", ".example.org", "*", "10.0.0.1", "[::1]", host]
    (message,) = checks.hosts(None)
    assert f"{host} is not the name of a host" in message.msg


@pytest.mark.parametrize(
    "host", ["https://relay.example.org", "relay:8080", ".example.org", "*", "relay/path"]
)
def test_hosts_for_captions_are_names(settings, host):
    settings.CAPTION_OUTPUT_HOSTS = ["relay.example.org", "relay", "10.0.0.1", "::1", host]
    (message,) = checks.hosts(None)
    assert message.id == "captions.E009"
    assert message.msg == f"CAPTION_OUTPUT_HOSTS: {host} is not the name of a host."


@pytest.mark.parametrize("name", ["WHISPER_MODEL", "SECOND_PASS_MODEL"])
def test_a_model_path_that_is_none(settings, tmp_path, name):
    setattr(settings, name, str(tmp_path / "missing"))
    assert checks.speech_model(None)[0].msg == f"{name}: {tmp_path}/missing is not a folder."
    setattr(settings, name, str(tmp_path))
    assert "holds no model.bin" in checks.speech_model(None)[0].msg
    (tmp_path / "model.bin").touch()
    assert checks.speech_model(None) == []
    setattr(settings, name, "large-v3-turbo")
    assert checks.speech_model(None) == []


@pytest.mark.parametrize("path", ["/sessions", "/accounts/x", "/admin", "/ws", "/static"])
def test_a_base_path_that_is_one_of_our_own_paths(settings, path):
    settings.BASE_PATH = path
    assert ids(checks.base_path(None)) == ["captions.E010"]
    settings.BASE_PATH = "/dictation"
    assert checks.base_path(None) == []


def test_cuda_where_there_is_none(settings):
    import ctranslate2

    settings.WHISPER_DEVICE = "cuda"
    expected = [] if ctranslate2.get_cuda_device_count() else ["captions.E006"]
    assert ids(checks.speech_device(None)) == expected


def test_what_a_public_server_lacks(settings):
    settings.ALLOWED_ORIGINS = ["http://dictation.example.org"]
    settings.TRUSTED_PROXY_COUNT = 0
    settings.EMAIL_HOST = ""
    assert ids(checks.production(None)) == ["captions.W001", "captions.W002", "captions.W003"]
    settings.WYOMING_ADDRESS = ("0.0.0.0", 10300)
    assert "captions.W004" in ids(checks.production(None))
    settings.ALLOWED_ORIGINS = []
    assert "captions.E008" in ids(checks.production(None))


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("172.30.32.1", True),
        ("192.168.0.4", True),
        ("fd00::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("93.184.216.34", False),
        ("dictation.example.org", False),
    ],
)
def test_where_no_password_is_needed(settings, host, inside):
    settings.WYOMING_ADDRESS = (host, 10300)
    assert ("captions.W004" not in ids(checks.production(None))) is inside
