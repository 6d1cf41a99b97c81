import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from captions.core.resolving import UnreachableError
from captions.core.sending import Reply, Sender, SendError
from tests.outputs.conftest import LOCAL
from tests.outputs.fake import FakeService, fake_service


async def test_a_post_arrives_as_it_is(service: FakeService) -> None:
    service.answer = lambda asked: (200, b"2026-11-30T03:05:07.250")
    async with Sender(LOCAL) as sender:
        reply = await sender.post(f"{service.url}&signature=a%2Bb.c%3D&seq=1", "Grüße".encode())
    assert reply == Reply(200, b"2026-11-30T03:05:07.250")
    (asked,) = service.asked
    assert (asked.method, asked.body) == ("POST", "Grüße")
    assert asked.target == "/closedcaption?cid=secret-cid&signature=a%2Bb.c%3D&seq=1"


async def test_a_redirect_is_not_followed(service: FakeService) -> None:
    service.answer = lambda asked: (307, b"")
    async with Sender(LOCAL) as sender:
        assert (await sender.post(service.url, b"text")).status == 307
    assert len(service.asked) == 1


async def test_a_slow_service_is_not_waited_for(service: FakeService) -> None:
    service.delay = 2
    async with Sender(LOCAL, seconds=0.3) as sender:
        with pytest.raises(SendError):
            await sender.post(service.url, b"text")


async def test_of_a_long_answer_only_the_beginning_is_read(service: FakeService) -> None:
    service.answer = lambda asked: (200, b"x" * 5_000_000)
    async with Sender(LOCAL) as sender:
        assert (await sender.post(service.url, b"text")).body == b"x" * 2_000


async def test_errors_do_not_tell_the_address(service: FakeService) -> None:
    async def nowhere(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async with Sender(LOCAL, resolve=nowhere) as sender:
        for url in (
            "http://127.0.0.1:9/closedcaption?cid=secret",
            "https://xn--a.zoom.us/closedcaption?cid=secret",
            f"{service.url}\n",
        ):
            with pytest.raises(SendError) as refused:
                await sender.post(url, b"text")
            assert "secret" not in repr(refused.value)
            assert refused.value.__cause__ is None


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.1", "::ffff:127.0.0.1"])
async def test_nothing_is_sent_into_a_private_network(service: FakeService, address: str) -> None:
    async def rebound(host: str, port: int) -> list[str]:
        return [address]

    async with Sender([], resolve=rebound) as sender:
        with pytest.raises(UnreachableError):
            await sender.post(f"http://upload.youtube.com:{service.port}/closedcaption", b"text")
    assert service.asked == []


async def test_the_address_that_was_checked_is_the_one_that_is_used(service: FakeService) -> None:
    """Also if the name would lead elsewhere a moment later; the next address is tried if one does not answer."""

    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    async with Sender(["captions.invalid"], resolve=resolve) as sender:
        reply = await sender.post(f"http://captions.invalid:{service.port}/closedcaption", b"text")
    assert reply.status == 200
    assert service.asked[0].host == f"captions.invalid:{service.port}"


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server with this name, and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("192.0.2.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))


@pytest.mark.parametrize(("host", "is_taken"), [("captions.invalid", True), ("other.invalid", False)])
async def test_tls_proves_the_name_and_not_the_number(tmp_path: Path, host: str, is_taken: bool) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    server, client = certificate(tmp_path, "captions.invalid")
    with fake_service(server) as service:
        async with Sender([host], resolve=resolve, tls=client) as sender:
            url = f"https://{host}:{service.port}/closedcaption"
            if is_taken:
                assert (await sender.post(url, b"text")).status == 200
            else:
                with pytest.raises(SendError):
                    await sender.post(url, b"text")
    assert len(service.asked) == is_taken
