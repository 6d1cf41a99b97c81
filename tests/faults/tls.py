"""A TLS front of the product whose certificate expires and is renewed."""

import asyncio
import base64
import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.processes import free_port

_PIECE = 65_536


class Front:
    """Ends TLS for `localhost` and passes bytes on; `flag` lets Chromium trust its good certificate, and no other."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.asked = 0
        """How often a client has met the expired certificate."""
        self.passed = 0
        """How many bytes came from clients that took it."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        self._good = _context(folder / "good.pem", key, now + timedelta(days=1))
        self._expired = _context(
            folder / "expired.pem", ec.generate_private_key(ec.SECP256R1()), now - timedelta(minutes=1)
        )
        spki = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        pin = base64.b64encode(hashlib.sha256(spki).digest()).decode()
        self.flag = f"--ignore-certificate-errors-spki-list={pin}"
        self._is_expired = False
        self._to = 0
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def expire(self) -> None:
        """From now on new connections get the expired certificate; those that stand are cut."""
        self._is_expired = True
        self._loop.call_soon_threadsafe(self._cut)

    def renew(self) -> None:
        self._is_expired = False

    @contextmanager
    def before(self, port: int) -> Iterator[None]:
        """Serves the product that listens on this port of the machine."""
        self._to = port
        listening = threading.Event()
        thread = threading.Thread(target=self._run, args=[listening])
        thread.start()
        assert listening.wait(10)
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(10)

    def _run(self, listening: threading.Event) -> None:
        context = self._good
        context.sni_callback = self._choose
        self._loop.run_until_complete(asyncio.start_server(self._serve, "localhost", self.port, ssl=context))
        listening.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _choose(self, end: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        if self._is_expired:
            self.asked += 1
            end.context = self._expired

    def _cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            from_product, to_product = await asyncio.open_connection("127.0.0.1", self._to)
            await asyncio.gather(
                self._copy(reader, to_product, is_asking=True),
                self._copy(from_product, writer, is_asking=False),
            )
        except OSError:
            # The product is not there.
            writer.transport.abort()
        finally:
            self._open.discard(writer)

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_asking: bool
    ) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE):
                if is_asking and self._is_expired:
                    self.passed += len(piece)
                writer.write(piece)
                await writer.drain()
        with suppress(OSError):
            writer.close()


def _context(path: Path, key: ec.EllipticCurvePrivateKey, end: datetime) -> ssl.SSLContext:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=30))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # A session that is resumed shows no certificate.
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET
    context.load_cert_chain(path)
    return context
