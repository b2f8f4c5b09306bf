"""Decides which network addresses a tenant's own setting may reach.

Rules:
- an address is reachable if the whole internet can reach it, or if the operator allowed it;
- a number is an address only in its one canonical spelling; other spellings are read differently by different code;
- an IPv6 address that wraps an IPv4 one (mapped, translated, tunnelled) is never public;
- a host name the operator allowed may stand for a private or loopback address, never for a link-local one, where
  clouds keep their credentials; those need their network spelled out.

Ranges: https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry, and the
metadata addresses that vendors document. They are listed here because those of `ipaddress` differ between Pythons.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


_NOT_PUBLIC = _networks(
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
    *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    "168.63.129.16/32",  # Azure's host agent, public in form only
    *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
)
_PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")  # all that IANA has given out; what lies outside is special
_BEHIND_A_NAME = _networks("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
_METADATA = _networks("fd00:ec2::/32", "fd20:ce::/32")  # Amazon's and Google's, inside the private range
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|\d+)", re.IGNORECASE)
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")


class AllowListMalformed(ValueError):
    """An entry of the operator's list is neither a host name, an address nor a network."""


def is_public(address: Address) -> bool:
    """Tell whether `address` is one that anybody on the internet reaches, and that names no machine of ours."""
    if isinstance(address, ipaddress.IPv6Address) and address not in _PUBLIC_IPV6:
        return False
    return not any(address in network for network in _NOT_PUBLIC)


def spelled_as_number(host: str) -> bool:
    """Tell whether some resolver would read `host` as an IPv4 number (WHATWG URL: it ends in one)."""
    return _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) is not None


def literal(host: str) -> Address | None:
    """Return the address that `host` spells in canonical form, or None."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class AllowList:
    """What the operator lets tenants' addresses reach besides the public internet."""

    names: frozenset[str]
    networks: tuple[Network, ...]

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Self:
        """Read host names, addresses and CIDR networks. Raises AllowListMalformed, naming the entry."""
        names: set[str] = set()
        networks: list[Network] = []
        for entry in entries:
            try:
                networks.append(ipaddress.ip_network(entry))
            except ValueError:
                name = canonical(entry)
                if not _NAME.fullmatch(name) or spelled_as_number(name):
                    message = f"{entry!r} is neither a host name nor an address nor a network such as 10.1.0.0/16"
                    raise AllowListMalformed(message) from None
                names.add(name)
        return cls(frozenset(names), tuple(networks))

    def names_host(self, host: str) -> bool:
        """Tell whether the operator named `host` itself: by its name, or, if it is an address, by its network."""
        address = literal(host)
        return canonical(host) in self.names if address is None else self._holds(address)

    def admits(self, host: str, addresses: Sequence[Address]) -> bool:
        """Tell whether `host` may be reached, given everything its name resolves to: one bad address spoils it."""
        return bool(addresses) and all(self._admits(host, address) for address in addresses)

    def _admits(self, host: str, address: Address) -> bool:
        if is_public(address) or self._holds(address):
            return True
        private = any(address in network for network in _BEHIND_A_NAME)
        metadata = any(address in network for network in _METADATA)
        return canonical(host) in self.names and private and not metadata

    def _holds(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def canonical(host: str) -> str:
    """Return a host name as names are compared: lower case, without the root's dot."""
    return host.lower().removesuffix(".")
