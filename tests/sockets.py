"""A wall around the test process: no name is resolved and no address reached beyond this machine."""

import inspect
import ipaddress
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import uvloop

_LOCAL_NAMES = frozenset({"", "localhost", "localhost.localdomain", "ip6-localhost"})
_UVLOOP_DIALS = ("create_connection", "create_datagram_endpoint", "getaddrinfo", "sock_connect", "sock_sendto")


class OutsideReached(Exception):
    """A test tried to leave this machine. Not an OSError, so that no retry or fallback takes it for an outage."""


def is_local(host: object) -> bool:
    """Tell whether `host` is a loopback name or address, or no host at all (as in a listening wildcard)."""
    if host is None:
        return True
    name = host.decode() if isinstance(host, bytes | bytearray) else str(host)
    if name in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback or address.is_unspecified)


def close_outside(*allowed_urls: str) -> None:
    """Refuse, for the rest of this process, every socket but loopback, Unix and the hosts of `allowed_urls`.

    CPython reports each dial and look-up to audit hooks, which cannot be removed again. uvloop dials in C without
    reporting, so its event loop is wrapped as well.
    """
    allowed = {urlsplit(url).hostname for url in allowed_urls}

    def check(host: object) -> None:
        if host not in allowed and not is_local(host):
            raise OutsideReached(f"a test tried to reach {host!r}; tests use loopback and Unix sockets only")

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
            address = args[1]
            if isinstance(address, tuple):
                check(address[0])
        elif event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}:
            check(args[0])

    sys.addaudithook(hook)
    for name in _UVLOOP_DIALS:
        setattr(uvloop.Loop, name, _guarded(getattr(uvloop.Loop, name), check))


def _guarded(dial: Callable[..., Any], check: Callable[[object], None]) -> Callable[..., Any]:
    """Wrap one of uvloop's dialling methods so that `check` sees the host before it does."""
    signature = inspect.signature(dial)

    def guarded(loop: uvloop.Loop, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as wide as uvloop's own
        given = signature.bind(loop, *args, **options).arguments
        check(given.get("host"))
        for address in (given.get("remote_addr"), given.get("address")):
            if isinstance(address, tuple):
                check(address[0])
        return dial(loop, *args, **options)

    return guarded
