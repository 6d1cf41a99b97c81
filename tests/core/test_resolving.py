"""No post goes into a private network, however its address is written."""

import pytest

from captions.core.resolving import UnreachableError, checked, is_public


@pytest.mark.parametrize(
    "address", ["142.250.185.78", "8.8.8.8", "2a00:1450:4001:80b::200e", "64:ff9b::808:808"]
)
def test_addresses_of_the_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.1.2.3",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "no address",
    ],
)
def test_other_addresses(address: str) -> None:
    assert not is_public(address)


def found(*addresses: str):
    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return resolve


async def test_only_public_addresses_of_a_host_are_used() -> None:
    resolve = found("127.0.0.1", "8.8.8.8", "8.8.8.8", "10.0.0.1", "8.8.4.4")
    assert await checked("upload.youtube.com", 443, [], resolve) == ["8.8.8.8", "8.8.4.4"]


async def test_a_host_without_any_is_refused() -> None:
    with pytest.raises(UnreachableError):
        await checked("upload.youtube.com", 443, [], found("127.0.0.1", "::1"))


async def test_a_host_that_the_operator_allows_may_be_private() -> None:
    assert await checked("captions.lan", 80, ["captions.lan"], found("10.0.0.1")) == ["10.0.0.1"]


async def test_an_unknown_host() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        raise OSError

    with pytest.raises(UnreachableError):
        await checked("upload.youtube.com", 443, [], resolve)
