"""Messages that are signed as a whole, by a library of its own, and such as only look like it."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7

from ingestion.formats.mail.smime import signed_content
from tests.ingestion.formats.mail.compound import compound, holder, outlook
from tests.ingestion.formats.mail.conftest import ReadMail
from tests.ingestion.formats.mail.written import message, part, text_of

INNER = part("Six sacks.").replace("\n", "\r\n").encode()


@pytest.fixture(scope="module")
def signed() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Ada")])
    now = datetime(2026, 5, 4, tzinfo=UTC)
    build = x509.CertificateBuilder(name, name, key.public_key(), 7, now, now + timedelta(days=1))
    builder = (
        pkcs7.PKCS7SignatureBuilder().set_data(INNER).add_signer(build.sign(key, hashes.SHA256()), key, hashes.SHA256())
    )
    return builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


def _indefinite(tag: int, *content: bytes) -> bytes:
    return bytes([tag, 0x80]) + b"".join(content) + b"\0\0"


def _octets(content: bytes) -> bytes:
    return bytes([4, len(content)]) + content


DATA = bytes.fromhex("06092a864886f70d010701")
SIGNED = bytes.fromhex("06092a864886f70d010702")


def test_a_message_that_is_signed_as_a_whole_is_read(signed: bytes, read_mail: ReadMail) -> None:
    body = base64.encodebytes(signed).decode()
    fields = ("application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", "Content-Transfer-Encoding: base64")
    found = read_mail(message(part(body, *fields)))
    assert text_of(found).endswith("Subject: Grain\n\nSix sacks.")
    assert not found.warnings
    kept = holder({0x3707: "smime.p7m", 0x3701: signed, 0x370E: "application/pkcs7-mime"})
    assert text_of(read_mail(compound(outlook({0x0037: "Grain"}, attachments=(kept,))), "msg")).endswith("Six sacks.")


def test_what_is_signed_may_come_in_pieces() -> None:
    pieces = _indefinite(0x24, _octets(INNER[:20]), _octets(INNER[20:]))
    inside = _indefinite(0x30, DATA, _indefinite(0xA0, pieces))
    whole = _indefinite(0x30, SIGNED, _indefinite(0xA0, _indefinite(0x30, b"\2\1\1", b"\x31\0", inside)))
    assert signed_content(whole) == INNER


def test_what_is_no_signature_has_no_content(signed: bytes) -> None:
    assert signed_content(signed) == INNER
    assert signed_content(signed.replace(SIGNED, DATA[:-1] + b"\3", 1)) is None
    assert all(signed_content(signed[:length]) is None for length in range(0, len(signed), 9))
    assert signed_content(b"\x30\x80" * 100_000) is None
    assert signed_content(b"\x24\x80" * 50) is None
