"""Which addresses are public, and what an operator's list opens."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenancy.models.addresses import AllowList, AllowListMalformed, is_public, spelled_as_number

_INTERNAL = [
    "0.0.0.0",
    "10.1.2.3",
    "100.100.100.200",
    "127.0.0.1",
    "127.8.8.8",
    "168.63.129.16",
    "169.254.169.254",
    "172.31.0.1",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("text", _INTERNAL)
def test_L50_an_internal_or_special_address_is_not_public(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1", "2a00:1450::1"])
def test_an_address_of_the_internet_is_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@given(st.ip_addresses())
def test_L50_whatever_python_calls_private_or_special_is_not_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    special = (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )
    assert not (special and is_public(address))


@given(st.ip_addresses(v=4))
def test_L50_no_ipv6_address_that_wraps_an_ipv4_one_is_public(inner: ipaddress.IPv4Address) -> None:
    number = int(inner)
    wrapped = [number, 0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80]
    wrapped.append(0x20010000 << 96 | number ^ 0xFFFFFFFF)  # Teredo carries it inverted
    assert not any(is_public(ipaddress.IPv6Address(value)) for value in wrapped)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.0.0.1.", "1.2.3"])
def test_L50_every_number_form_of_an_address_is_recognised(host: str) -> None:
    assert spelled_as_number(host)


@pytest.mark.parametrize("host", ["localhost", "api.example.com", "7eleven.example", "x0x7f", "a.1b"])
def test_a_name_is_not_taken_for_a_number(host: str) -> None:
    assert not spelled_as_number(host)


@pytest.mark.parametrize(
    "entry", ["", "https://a.example", "10.0.0.0/33", "10.0.0.1/8", "0177.0.0.1", "a b", "*", "-a"]
)
def test_an_operators_entry_that_could_be_misread_is_refused(entry: str) -> None:
    with pytest.raises(AllowListMalformed, match="neither a host name"):
        AllowList.parse([entry])


def _admits(allow: list[str], host: str, *addresses: str) -> bool:
    return AllowList.parse(allow).admits(host, [ipaddress.ip_address(text) for text in addresses])


def test_one_bad_address_among_good_ones_spoils_the_host() -> None:
    assert _admits([], "a.example", "8.8.8.8", "2606:4700::1")
    assert not _admits([], "a.example", "8.8.8.8", "10.0.0.1")
    assert not _admits([], "a.example")


def test_an_allowed_network_opens_its_addresses_and_no_others() -> None:
    allow = ["10.1.0.0/16", "127.0.0.1"]
    assert _admits(allow, "llm.internal", "10.1.2.3", "127.0.0.1")
    assert not _admits(allow, "llm.internal", "10.2.0.1")
    assert not _admits(allow, "llm.internal", "127.0.0.2")
    assert not _admits(allow, "llm.internal", "::ffff:127.0.0.1")


def test_an_allowed_name_opens_private_addresses_for_itself_only() -> None:
    allow = ["LLM.internal."]
    assert _admits(allow, "llm.internal", "10.1.2.3", "fd12::1", "::1")
    assert _admits(allow, "llm.INTERNAL", "192.168.0.1")
    assert not _admits(allow, "other.internal", "10.1.2.3")
    assert not _admits(allow, "a.llm.internal", "10.1.2.3")


@pytest.mark.parametrize("metadata", ["169.254.169.254", "fd00:ec2::254", "fe80::1", "fd20:ce::254", "100.100.100.200"])
def test_L50_an_allowed_name_never_stands_for_a_metadata_service(metadata: str) -> None:
    assert not _admits(["llm.internal"], "llm.internal", metadata)
    assert _admits([metadata], "llm.internal", metadata)
