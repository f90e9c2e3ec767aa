"""A certificate authority of an hour, and TLS before a server that speaks plainly."""

import asyncio
import ipaddress
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
HOUR = timedelta(hours=1)
_CHUNK = 65_536


class Authority:
    """Issues certificates into a folder, each with its key beside it."""

    def __init__(self, folder, name):
        self._folder = folder
        self._name = name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = folder / f"{name}.pem"
        built = self._built(name, self._key, is_authority=True)
        self.certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))

    def issue(self, name):
        """The files of a certificate for this machine, and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate, file = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        built = self._built(name, key, is_authority=False)
        certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return certificate, file

    def _built(self, name, key, *, is_authority):
        now = datetime.now(UTC)
        address = x509.IPAddress(ipaddress.ip_address(HOST))
        builder = (
            x509.CertificateBuilder()
            .subject_name(_called(name))
            .issuer_name(_called(self._name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - HOUR)
            .not_valid_after(now + HOUR)
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        )
        return builder.sign(self._key, hashes.SHA256())


def _called(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@asynccontextmanager
async def mutual_tls(behind, authority):
    """A door before `behind` that lets in only who has a certificate of the authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("server"))
    context.load_verify_locations(authority.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])

    async def serve(reader, writer):
        host, port = behind.split(":")
        onward, back = await asyncio.open_connection(host, int(port))
        await asyncio.gather(_pump(reader, back), _pump(onward, writer))

    server = await asyncio.start_server(serve, HOST, 0, ssl=context)
    async with server:
        yield "{}:{}".format(*server.sockets[0].getsockname())


async def _pump(reader, writer):
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
