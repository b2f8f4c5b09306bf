"""A tenant's purpose keys: one for each purpose, none that another tenant has, none that can be shown."""

import copy
import pickle
from itertools import combinations, product

import pytest

from tenancy.ids import TenantId
from tenancy.keys.tenant_keys import Family, Purpose, TenantKeys
from tenancy.sealing import SealBroken

_A, _B = TenantId("ten_a"), TenantId("ten_b")
_PLACE = ("table", "row", "column")
_SEALING = (Purpose.RECORDS, Purpose.BLOBS, Purpose.JOBS, Purpose.AUDIT)


def _keys(tenant: TenantId, *, shared_roots: bool = True, version: int = 1) -> TenantKeys:
    start = 0 if shared_roots else ord(tenant[-1])
    roots = {(family, version): bytes([start + number]) * 32 for number, family in enumerate(Family)}
    return TenantKeys(tenant, roots, dict.fromkeys(Family, version))


@pytest.mark.parametrize("shared_roots", [True, False])
def test_L39_nothing_of_one_tenant_opens_for_another(shared_roots: bool) -> None:  # noqa: FBT001 - a parameter of the test
    a, b = _keys(_A, shared_roots=shared_roots), _keys(_B, shared_roots=shared_roots)
    for purpose in _SEALING:
        sealed = a.seal(purpose, *_PLACE, b"text")
        assert a.open(purpose, *_PLACE, sealed) == b"text"
        with pytest.raises(SealBroken):
            b.open(purpose, *_PLACE, sealed)


def test_what_one_purpose_sealed_no_other_opens() -> None:
    keys = _keys(_A)
    for one, other in product(_SEALING, Purpose):
        sealed = keys.seal(one, *_PLACE, b"text")
        if one is not other:
            with pytest.raises(SealBroken):
                keys.open(other, *_PLACE, sealed)


def test_matching_keys_and_macs_differ_by_purpose_and_by_tenant() -> None:
    a, b = _keys(_A), _keys(_B)
    made = [keys.matching(purpose) for keys in (a, b) for purpose in Purpose]
    made += [keys.mac(purpose, "x") for keys in (a, b) for purpose in Purpose]
    for one, other in combinations(made, 2):
        assert one != other


def test_a_mac_covers_every_field_and_where_it_ends() -> None:
    keys = _keys(_A)
    mac = keys.mac(Purpose.GRANTS, "client", "cli_1", "admin")
    assert keys.genuine(mac, Purpose.GRANTS, "client", "cli_1", "admin")
    for forged in (("client", "cli_1", "user"), ("client", "cli_1admin", ""), ("client", "cli_1"), ()):
        assert not keys.genuine(mac, Purpose.GRANTS, *forged)
    assert not keys.genuine(b"", Purpose.GRANTS, "client", "cli_1", "admin")
    assert not _keys(_B).genuine(mac, Purpose.GRANTS, "client", "cli_1", "admin")


def test_a_value_of_a_version_that_is_not_there_does_not_open() -> None:
    sealed = _keys(_A, version=2).seal(Purpose.RECORDS, *_PLACE, b"text")
    with pytest.raises(SealBroken, match="no longer exists"):
        _keys(_A, version=1).open(Purpose.RECORDS, *_PLACE, sealed)


def test_keys_show_nothing_and_cannot_leave_the_process() -> None:
    keys = _keys(_A)
    assert repr(keys) == str(keys) == "TenantKeys(…)"
    for leave in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            leave(keys)
