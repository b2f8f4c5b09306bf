"""The wall around the test process refuses what it should, on both event loops."""

import asyncio
import socket
from collections.abc import Iterator

import pytest
import uvloop

from tests.sockets import OutsideReached, is_local

_OUTSIDE = "192.0.2.1"  # reserved for documentation (RFC 5737): reached by nobody even if the wall were gone


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.9.1", "::1", "localhost", "::ffff:127.0.0.1", "0.0.0.0", None, b"::1"]
)
def test_loopback_is_local(host: str | bytes | None) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "10.0.0.1", "169.254.169.254", "example.org", "::ffff:192.0.2.1", "2001:db8::1"]
)
def test_everything_else_is_outside(host: str) -> None:
    assert not is_local(host)


def test_a_plain_socket_cannot_leave_the_machine() -> None:
    with socket.socket() as outbound, pytest.raises(OutsideReached):
        outbound.connect((_OUTSIDE, 9))


def test_a_datagram_cannot_leave_the_machine() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as outbound, pytest.raises(OutsideReached):
        outbound.sendto(b"?", (_OUTSIDE, 9))


def test_a_foreign_name_is_not_even_resolved() -> None:
    with pytest.raises(OutsideReached):
        socket.getaddrinfo("example.invalid", 80)


def test_loopback_still_connects(listener: socket.socket) -> None:
    with socket.create_connection(listener.getsockname()) as inbound:
        assert inbound.getpeername() == listener.getsockname()


@pytest.mark.parametrize("host", [_OUTSIDE, "example.invalid"])
@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_neither_event_loop_dials_outside(new_loop: type[asyncio.AbstractEventLoop], host: str) -> None:
    async def dial() -> None:
        await asyncio.open_connection(host, 9)

    with asyncio.Runner(loop_factory=new_loop) as runner, pytest.raises(OutsideReached):
        runner.run(dial())


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_neither_event_loop_sends_datagrams_outside(new_loop: type[asyncio.AbstractEventLoop]) -> None:
    async def send() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(_OUTSIDE, 9))

    with asyncio.Runner(loop_factory=new_loop) as runner, pytest.raises(OutsideReached):
        runner.run(send())


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_both_event_loops_still_dial_loopback(
    new_loop: type[asyncio.AbstractEventLoop], listener: socket.socket
) -> None:
    async def dial() -> object:
        _, writer = await asyncio.open_connection(*listener.getsockname())
        peer = writer.get_extra_info("peername")
        writer.close()
        await writer.wait_closed()
        return peer

    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(dial()) == listener.getsockname()
