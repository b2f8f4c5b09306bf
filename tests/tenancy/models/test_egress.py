"""Nothing a tenant writes into its settings makes this service reach its own network."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tenancy.models.egress import AddressRefused, Bounds, EgressGuard, ResponseRefused
from tests.standins.openai_server import OpenAIServer, Reply, running_openai_server

_NAME = "provider.example"
_BOUNDS = Bounds(connect=5, total=20, body=10_000)


class Names:
    """A resolver with answers of its own; each look-up takes the next one, the last for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.left = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        del port
        self.asked.append(host)
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


async def _never(host: str, port: int) -> Sequence[str]:
    raise AssertionError(f"{host}:{port} was looked up")


async def _get(guard: EgressGuard, url: str, bounds: Bounds = _BOUNDS) -> httpx2.Response:
    async with guard.client(bounds) as client:
        return await client.get(url)


@pytest.mark.shows("egress.addresses")
@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com/v1",
        "ftp://api.example.com/v1",
        "file:///etc/passwd",
        "//api.example.com",
        "api.example.com",
        "",
        "https://",
        "https://[::1/v1",
        "https://user:secret@api.example.com/v1",
        "https://127.0.0.1/v1",
        "https://[::1]/v1",
        "https://[::ffff:127.0.0.1]/v1",
        "https://[::ffff:7f00:1]/v1",
        "https://[64:ff9b::7f00:1]/v1",
        "https://[fe80::1]/v1",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/v1",
        "https://0.0.0.0/v1",
        "https://2130706433/v1",
        "https://0x7f000001/v1",
        "https://0x7f.0.0.1/v1",
        "https://0177.0.0.1/v1",
        "https://017700000001/v1",
        "https://127.1/v1",
        "https://127.0.0.1./v1",
        "https://\uff11\uff12\uff17.0.0.1/v1",
        "https://127\u30020\u30020\u30021/v1",
    ],
)
async def test_L50_an_address_that_is_internal_by_its_form_is_refused_without_a_look_up(url: str) -> None:
    guard = EgressGuard(resolver=_never)
    with pytest.raises(AddressRefused):
        guard.check(url)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["10.0.0.5"],
        ["169.254.169.254"],
        ["::ffff:10.0.0.5"],
        ["64:ff9b::a00:5"],
        ["fd00::1"],
        ["224.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["2606:4700::1", "fe80::1%eth0"],
        [],
    ],
)
async def test_L50_a_name_with_any_internal_address_is_refused_before_a_connection(addresses: list[str]) -> None:
    names = Names(addresses)
    with pytest.raises(AddressRefused):
        await _get(EgressGuard(resolver=names), f"https://{_NAME}/v1")
    assert names.asked == [_NAME]


async def test_L50_localhost_is_refused_by_the_systems_own_resolver() -> None:
    with pytest.raises(AddressRefused):
        await _get(EgressGuard(), "https://localhost/v1")


async def test_an_allowed_host_is_reached_under_its_name(openai_server: OpenAIServer) -> None:
    names = Names(["127.0.0.1"])
    guard = EgressGuard([_NAME], resolver=names)
    response = await _get(guard, f"http://{_NAME}:{openai_server.port}/v1/models")
    assert response.json()["data"][0]["id"] == "stand-in"
    assert openai_server.asked[0].headers["host"] == f"{_NAME}:{openai_server.port}"
    assert names.asked == [_NAME]


@pytest.mark.shows("egress.addresses")
async def test_L50_a_name_that_changes_its_address_after_a_check_is_checked_again() -> None:
    with running_openai_server("127.0.0.2") as internal:
        names = Names(["127.0.0.1"], ["127.0.0.2"])
        guard = EgressGuard(["127.0.0.1"], resolver=names)
        assert [str(address) for address in await guard.addresses(_NAME, 443)] == ["127.0.0.1"]
        with pytest.raises(AddressRefused):
            await _get(guard, f"https://{_NAME}:{internal.port}/v1/models")
        assert internal.asked == []


async def test_L50_each_connection_makes_one_look_up_and_uses_its_answer(openai_server: OpenAIServer) -> None:
    """A second look-up for the same connection would meet the internal address that the name has by then."""
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    guard = EgressGuard([_NAME], resolver=names)
    url = f"http://{_NAME}:{openai_server.port}/v1/models"
    async with guard.client(_BOUNDS) as client:
        assert (await client.get(url)).status_code == 200
        with pytest.raises(AddressRefused):
            await client.get(url)
    assert names.asked == [_NAME, _NAME]
    assert len(openai_server.asked) == 1


@pytest.mark.shows("egress.addresses")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_L50_a_redirect_is_refused_and_its_target_never_asked(openai_server: OpenAIServer, status: int) -> None:
    target = openai_server.base_url + "/models?followed"
    openai_server.program = lambda _: Reply(status=status, headers={"Location": target})
    guard = EgressGuard(["127.0.0.1"])
    async with guard.client(_BOUNDS) as client:
        with pytest.raises(ResponseRefused, match="redirect"):
            await client.get(openai_server.base_url + "/models", follow_redirects=True)
    assert [asked.path for asked in openai_server.asked] == ["/v1/models"]


async def test_L50_a_proxy_in_the_environment_is_not_used(
    openai_server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_openai_server() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        await _get(EgressGuard(["127.0.0.1"]), openai_server.base_url + "/models")
        assert proxy.asked == []
    assert len(openai_server.asked) == 1


@pytest.mark.parametrize("announced", [True, False])
async def test_a_response_over_the_limit_is_cut_off(openai_server: OpenAIServer, *, announced: bool) -> None:
    headers = {} if announced else {"Content-Length": "", "Connection": "close"}
    openai_server.program = lambda _: Reply(b"x" * 10_001, headers=headers)
    with pytest.raises(ResponseRefused, match="larger than 10,000 bytes"):
        await _get(EgressGuard(["127.0.0.1"]), openai_server.base_url + "/models")
    openai_server.program = lambda _: Reply(b"x" * 10_000, headers=headers)
    assert len((await _get(EgressGuard(["127.0.0.1"]), openai_server.base_url + "/models")).content) == 10_000


async def test_a_compressed_response_is_refused_so_that_it_cannot_unpack_past_the_limit(
    openai_server: OpenAIServer,
) -> None:
    openai_server.program = lambda _: Reply(b"x", headers={"Content-Encoding": "gzip"})
    with pytest.raises(ResponseRefused, match="compressed"):
        await _get(EgressGuard(["127.0.0.1"]), openai_server.base_url + "/models")
    assert openai_server.asked[0].headers["accept-encoding"] == "identity"


async def test_a_server_that_never_answers_is_given_up_at_the_deadline() -> None:
    hung_up = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        hung_up.set()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(httpx2.TimeoutException):
            await _get(EgressGuard(["127.0.0.1"]), f"http://127.0.0.1:{port}/", Bounds(total=0.05))
        await hung_up.wait()


async def test_a_server_that_drips_its_body_is_given_up_at_the_deadline() -> None:
    stopped = asyncio.Event()

    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        gone = asyncio.ensure_future(reader.read())
        while not gone.done():
            writer.write(b"x")  # always in time for a limit on each read alone
            await asyncio.wait([gone], timeout=0.02)
        writer.close()
        stopped.set()

    server = await asyncio.start_server(dripping, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(httpx2.TimeoutException):
            await _get(EgressGuard(["127.0.0.1"]), f"http://127.0.0.1:{port}/", Bounds(total=0.2))
        await stopped.wait()


async def test_a_name_that_does_not_resolve_is_a_failed_connection() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        del port
        raise OSError(f"no such name {host}")

    with pytest.raises(httpx2.ConnectError) as caught:
        await _get(EgressGuard(resolver=unknown), f"https://{_NAME}/v1")
    assert _NAME not in str(caught.value)


async def test_tls_verifies_the_name_although_the_connection_goes_to_an_address(tmp_path: Path) -> None:
    server_side, client_side = _certified(_NAME, tmp_path)
    with running_openai_server(tls=server_side) as server:
        allow, names = [_NAME, "impostor.example"], Names(["127.0.0.1"])
        guard = EgressGuard(allow, resolver=names, tls=client_side)
        assert (await _get(guard, f"https://{_NAME}:{server.port}/v1/models")).status_code == 200
        with pytest.raises(httpx2.ConnectError):
            await _get(guard, f"https://impostor.example:{server.port}/v1/models")
        with pytest.raises(httpx2.ConnectError):
            await _get(EgressGuard(allow, resolver=names), f"https://{_NAME}:{server.port}/v1/models")
        assert len(server.asked) == 1


def _certified(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return TLS for a server called `name`, and for a client that trusts its certificate and nothing else."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(pem)
    return server_side, ssl.create_default_context(cafile=str(pem))
