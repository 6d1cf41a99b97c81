from captions.webrtc.ice_servers import server_side


def test_only_stun_and_no_credentials() -> None:
    servers = server_side(
        [
            {
                "urls": ["stun:stun.example.org:3478", "turn:turn.example.org"],
                "username": "u",
                "credential": "c",
            },
            {"urls": "turns:turn.example.org?transport=tcp", "username": "u", "credential": "c"},
            {"urls": "stun:stun2.example.org"},
            {"urls": ["stun:[::1]:3478", "stuns:x", 5]},
            {},
        ]
    )
    assert [server.urls for server in servers] == ["stun:stun.example.org:3478", "stun:stun2.example.org"]
    assert all(server.username is None and server.credential is None for server in servers)


def test_none_is_an_empty_list_and_not_a_public_default() -> None:
    assert server_side([]) == []
