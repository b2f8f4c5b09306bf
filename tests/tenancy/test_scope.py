"""A scope or compartment that did not come from the mint stands for nothing."""

import copy
import gc
import hmac
import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tenancy.compartment import Compartment, issue_compartment
from tenancy.custody import Custody
from tenancy.errors import ServiceError
from tenancy.ids import ClientId, TenantId
from tenancy.scope import Authority, Caller, Forged, TenantScope, epoch_of, issue_scope, tenant_of, vault
from tenancy.stores import registry
from tenancy.values.roles import Role
from tests.tenancy.building import House, Resident

_CALLER = Caller("client:cli_0", ClientId("cli_0"), "testing", frozenset({Role.USER}))
_A, _B = TenantId("ten_a"), TenantId("ten_b")


def _scope(tenant: TenantId = _A) -> TenantScope:
    return issue_scope(Authority(tenant, 1, _CALLER))


def test_an_issued_scope_names_its_tenant_its_epoch_and_its_caller() -> None:
    scope = _scope()
    assert (tenant_of(scope), epoch_of(scope), scope.caller) == (_A, 1, _CALLER)


def test_neither_scope_nor_its_text_shows_the_tenant() -> None:
    assert "ten_a" not in repr(_scope())
    assert not [name for name in dir(_scope()) if "tenant" in name.lower()]


@pytest.mark.shows("capability.forgeries")
@pytest.mark.parametrize("kind", [TenantScope, Compartment, Custody])
def test_the_constructor_of_a_capability_refuses(kind: Callable[..., object]) -> None:
    with pytest.raises(Forged):
        kind(None)


@pytest.mark.shows("capability.forgeries")
@pytest.mark.parametrize("kind", [TenantScope, Compartment, Custody])
def test_a_capability_cannot_be_subclassed(kind: type[object]) -> None:
    with pytest.raises(TypeError):
        type("Mine", (kind,), {})


def _made_by_hand(_scope: TenantScope) -> object:
    return object.__new__(TenantScope)


def _of_another_class(_scope: TenantScope) -> object:
    class Look:
        __slots__ = ("__weakref__",)
        caller = _CALLER

    look: Any = Look()
    look.__class__ = TenantScope
    return look


def _equal_to_everything(scope: TenantScope) -> object:
    class Same:
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return hash(scope)

    return Same()


@pytest.mark.shows("capability.forgeries")
@pytest.mark.parametrize("forge", [_made_by_hand, _of_another_class, _equal_to_everything])
def test_an_object_that_was_not_issued_is_refused(forge: Callable[[TenantScope], Any]) -> None:
    genuine = _scope()
    forged = forge(genuine)
    with pytest.raises(Forged):
        tenant_of(forged)
    assert tenant_of(genuine) == _A


def test_the_address_of_a_dead_scope_opens_nothing() -> None:
    genuine = [_scope() for _ in range(1000)]
    addresses = {id(each) for each in genuine}
    del genuine
    gc.collect()
    # Free places of this size may be many in a long run: taken up one by one, they come to the ones just given back.
    kept = [object.__new__(TenantScope) for _ in range(300_000)]
    reused = [each for each in kept if id(each) in addresses]
    assert reused, "no address was reused, so this run shows nothing"
    for each in reused:
        with pytest.raises(Forged):
            tenant_of(each)


@pytest.mark.shows("capability.forgeries")
@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        replace,
        lambda value: pickle.loads(pickle.dumps(value)),  # noqa: S301 - the point is that nothing comes back
        lambda value: value.__reduce_ex__(4),
    ],
    ids=["copy", "deepcopy", "replace", "pickle", "reduce"],
)
def test_a_scope_cannot_be_duplicated(duplicate: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError):
        duplicate(_scope())


@pytest.mark.shows("capability.forgeries")
@pytest.mark.parametrize("name", ["_tenant", "tenant", "_epoch", "caller", "_seal", "anything"])
def test_a_scope_cannot_be_changed_even_by_force(name: str) -> None:
    scope: Any = _scope()
    with pytest.raises(AttributeError):
        setattr(scope, name, _B)
    with pytest.raises(AttributeError):
        object.__setattr__(scope, name, _B)
    assert tenant_of(scope) == _A


def test_roles_forced_into_a_caller_that_was_handed_out_grant_nothing() -> None:
    scope = _scope()
    object.__setattr__(scope.caller, "roles", frozenset(Role))
    assert scope.caller.roles == {Role.USER}


def test_a_seal_over_the_address_would_open_for_the_next_object_there() -> None:
    """Without the vault, the same attack succeeds on an object that carries its tenant and a MAC over both."""

    class Sealed:
        __slots__ = ("seal", "tenant")
        tenant: TenantId
        seal: bytes

    def seal_of(one: Sealed) -> bytes:
        return hmac.digest(b"known to the mint only", f"{one.tenant} {id(one)}".encode(), "sha256")

    genuine = Sealed()
    genuine.tenant = _A
    genuine.seal = seal_of(genuine)
    address, tenant, seal = id(genuine), genuine.tenant, genuine.seal
    del genuine
    kept = [Sealed() for _ in range(1000)]
    forged = next(each for each in kept if id(each) == address)
    forged.tenant, forged.seal = tenant, seal
    assert forged.seal == seal_of(forged)


def test_a_vault_issues_only_what_its_kind_stands_for() -> None:
    class Kind:
        __slots__ = ("__weakref__",)

    issue, opened = vault(Kind, Authority)
    assert opened(issue(Authority(_A, 1, _CALLER))).tenant == _A
    wrong: Any = _CALLER
    with pytest.raises(Forged):
        issue(wrong)


async def test_two_vaults_do_not_know_each_others_capabilities(home: House, a: Resident) -> None:
    custody: Any = await home.custody(a.id)
    compartment: Any = await home.enter(a)
    for forged in (custody, compartment):
        with pytest.raises(Forged):
            tenant_of(forged)
    with pytest.raises(Forged):
        Custody.card(compartment)
    with pytest.raises(Forged):
        Compartment.card(custody)


async def test_every_use_of_a_compartment_made_by_hand_is_refused(home: House, a: Resident) -> None:
    genuine = await home.enter(a)
    forged = object.__new__(Compartment)
    for name in ("caller", "blobs", "index", "models", "quota"):
        assert getattr(genuine, name) is not None
        with pytest.raises(Forged):
            getattr(forged, name)
    for opening in (forged.begin, forged.snapshot, forged.queueing):
        with pytest.raises(Forged):
            async with opening():
                pytest.fail("a transaction was opened")
    with pytest.raises(Forged):
        await forged.revoke_client(a.client)
    with pytest.raises(Forged):
        await forged.add_client("mine", frozenset({Role.ADMIN}), "theft")


async def test_every_use_of_a_custody_made_by_hand_is_refused(home: House, a: Resident) -> None:
    genuine, forged = await home.custody(a.id), object.__new__(Custody)
    assert genuine.card().status == "active"
    with pytest.raises(Forged):
        forged.card()
    for act in (forged.counts, forged.suspend, forged.resume):
        with pytest.raises(Forged):
            await act()
    with pytest.raises(Forged):
        await forged.change("dedicated", None)


async def test_a_compartment_or_custody_cannot_be_duplicated_or_changed(home: House, a: Resident) -> None:
    for capability in (await home.enter(a), await home.custody(a.id)):
        for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError):
                duplicate(capability)
        for name in ("_keys", "_scope", "_row", "index", "card"):
            with pytest.raises(AttributeError):
                object.__setattr__(capability, name, None)


async def test_a_custody_has_no_way_to_content(home: House, a: Resident) -> None:
    custody = await home.custody(a.id)
    for name in ("begin", "snapshot", "queueing", "index", "blobs", "models"):
        assert not hasattr(custody, name)


async def test_a_compartment_does_not_open_with_another_tenants_keys(home: House, a: Resident, b: Resident) -> None:
    on = home.foundation
    keys = {each.id: await on.keyring.open(each.id) for each in (a, b)}
    cards = {each.id: (await home.enter(each)).card() for each in (a, b)}
    assert cards[a.id].id == a.id
    async with on.store.registry(writes=False) as db:
        rows = {each.id: await registry.find_tenant(db, each.id) for each in (a, b)}
    row_a, row_b = rows[a.id], rows[b.id]
    assert row_a is not None
    assert row_b is not None
    scope = issue_scope(Authority(a.id, 1, _CALLER))
    for wrong_keys, wrong_row in ((keys[b.id], row_a), (keys[a.id], row_b), (keys[b.id], row_b)):
        with pytest.raises(ServiceError):
            issue_compartment(scope, wrong_keys, wrong_row, on, "minilm", None)
    assert issue_compartment(scope, keys[a.id], row_a, on, "minilm", None).card().id == a.id
