"""Signing keys are replaced with an overlap: what was signed lives out its hour, and nobody signs with the old one."""

import base64
import time
from pathlib import Path

import jwt
import pytest

from tenancy.crypto.revocation_log import RevocationLog
from tenancy.identity.signing_keys import SigningKeys
from tenancy.keys.local import LocalKeys
from tenancy.tokens import OPERATOR_AUDIENCE, TENANT_AUDIENCE, TokenRefused, TokenSigner

pytestmark = pytest.mark.shows("identity.signing-keys")


class Deployment:
    """A key folder, and processes that stand on it; `now` is their clock."""

    def __init__(self, folder: Path) -> None:
        self.keys = LocalKeys(folder / "keys")
        self.now = time.time()

    def process(self, audience: str = TENANT_AUDIENCE) -> TokenSigner:
        ledger = RevocationLog(self.keys.folder / "ledger.jsonl", self.keys.secret("ledger"))
        return TokenSigner(self.keys, ledger, audience, clock=lambda: self.now)

    def files(self) -> set[str]:
        return {path.stem for path in (self.keys.folder / "deployment").glob("signing_*")}


@pytest.fixture
def deployment(folder: Path) -> Deployment:
    return Deployment(folder)


def _kids(signer: TokenSigner) -> list[str]:
    return [key["kid"] for key in signer.jwks()["keys"]]


@pytest.mark.shows("identity.key-change")
def test_a_token_of_before_is_valid_until_it_expires_and_new_ones_have_the_new_key(deployment: Deployment) -> None:
    signer = deployment.process()
    old, before = signer.sign("cli_1", 3600, tid="ten_1"), signer.kid
    after = signer.rotate("root", "yearly")
    new = signer.sign("cli_1", 3600, tid="ten_1")
    assert after != before
    assert [jwt.get_unverified_header(token)["kid"] for token in (old, new)] == [before, after]
    assert [signer.verify(token).tenant for token in (old, new)] == ["ten_1", "ten_1"]
    assert _kids(signer) == [after, before]
    deployment.now += 3599
    assert signer.verify(old).tenant == "ten_1"
    deployment.now += 10
    assert _kids(signer) == [after]
    with pytest.raises(TokenRefused):
        signer.verify(old)


def test_other_processes_follow_at_their_next_use(deployment: Deployment) -> None:
    first, second = deployment.process(), deployment.process()
    old = second.sign("cli_1", 600, tid="ten_1")
    first.rotate("root", "yearly")
    assert second.verify(first.sign("cli_1", 600, tid="ten_1")).tenant == "ten_1"
    assert first.verify(second.sign("cli_1", 600, tid="ten_2")).tenant == "ten_2"
    assert second.kid == first.kid
    assert _kids(second) == _kids(first)
    assert deployment.process().verify(old).tenant == "ten_1"


@pytest.mark.shows("identity.key-change")
def test_L04_whoever_kept_the_old_key_signs_nothing_that_is_new(deployment: Deployment) -> None:
    ledger = RevocationLog(deployment.keys.folder / "ledger.jsonl", deployment.keys.secret("ledger"))
    keys = SigningKeys(deployment.keys, ledger, TENANT_AUDIENCE)
    kept = keys.kid
    assert keys.find(kept) == keys.published(lasting=False)[0]
    keys.rotate("root", "a laptop was lost")
    old, now = keys.find(kept), time.time()
    assert old is not None
    assert old.vouches(now - 1, now)
    assert not old.vouches(now + 60, now + 61)
    current = keys.find(keys.kid)
    assert current is not None
    assert current.vouches(now + 60, now + 61)


def test_a_rotation_changes_the_key_and_not_the_issuer(deployment: Deployment) -> None:
    signer = deployment.process()
    issuer = signer.issuer
    signer.rotate("root", "yearly")
    assert (signer.issuer, deployment.process().issuer) == (issuer, issuer)


@pytest.mark.shows("identity.key-change")
def test_a_key_that_is_retired_at_once_takes_all_tokens_from_before_with_it_in_every_process(
    deployment: Deployment,
) -> None:
    first, second = deployment.process(), deployment.process()
    oldest = first.sign("cli_1", 600, tid="ten_1")
    first.rotate("root", "yearly")
    old = first.sign("cli_1", 600, tid="ten_1")
    assert second.verify(old).tenant == second.verify(oldest).tenant == "ten_1"
    after = first.rotate("root", "the key was seen", at_once=True)
    for signer in (first, second, deployment.process()):
        for token in (oldest, old):
            with pytest.raises(TokenRefused):
                signer.verify(token)
        assert _kids(signer) == [after]


def test_the_private_half_of_a_retired_key_is_destroyed_also_after_a_crash(deployment: Deployment) -> None:
    signer = deployment.process()
    old = (deployment.keys.folder / "deployment" / "signing_bulkhead.key").read_bytes()
    signer.rotate("root", "yearly")
    assert deployment.files() == {"signing_bulkhead_2"}
    left = deployment.keys.folder / "deployment" / "signing_bulkhead.key"
    left.write_bytes(old)
    left.chmod(0o600)
    assert deployment.process().kid == signer.kid
    assert deployment.files() == {"signing_bulkhead_2"}


def test_a_rotation_that_died_before_its_entry_is_begun_again(deployment: Deployment) -> None:
    signer = deployment.process()
    before = signer.kid
    deployment.keys.secret("signing_bulkhead_2")
    assert deployment.process().kid == before
    assert signer.rotate("root", "yearly") == deployment.process().kid != before


def test_many_rotations_keep_every_token_of_the_last_hour(deployment: Deployment) -> None:
    signer, tokens = deployment.process(), []
    for number in range(4):
        tokens.append(signer.sign("cli_1", 600, tid=f"ten_{number}"))
        signer.rotate("root", "again")
    assert [deployment.process().verify(token).tenant for token in tokens] == [f"ten_{n}" for n in range(4)]
    assert len(_kids(signer)) == 5
    assert deployment.files() == {"signing_bulkhead_5"}


def test_one_planes_rotation_leaves_the_other_plane_alone(deployment: Deployment) -> None:
    tenants, operators = deployment.process(), deployment.process(OPERATOR_AUDIENCE)
    kid = operators.kid
    tenants.rotate("root", "yearly")
    assert (operators.kid, _kids(operators)) == (kid, [kid])
    with pytest.raises(TokenRefused):
        operators.verify(tenants.sign("root", 600))


def test_a_receipt_can_be_checked_after_its_key_was_retired_and_its_key_signs_no_token(deployment: Deployment) -> None:
    operators = deployment.process(OPERATOR_AUDIENCE)
    receipt, token = operators.attest({"tenant": "ten_1"}), operators.sign("root", 600)
    operators.rotate("root", "yearly")
    deployment.now += 7200
    published = {key["kid"]: key for key in operators.jwks()["keys"]}
    public = jwt.PyJWK(published[jwt.get_unverified_header(receipt)["kid"]]).key
    assert jwt.decode(receipt, public, algorithms=["EdDSA"])["tenant"] == "ten_1"
    with pytest.raises(TokenRefused):
        operators.verify(token)


def test_the_ledger_holds_public_halves_only(deployment: Deployment) -> None:
    signer = deployment.process()
    secret = deployment.keys.secret("signing_bulkhead")
    signer.rotate("root", "yearly")
    ledger = (deployment.keys.folder / "ledger.jsonl").read_bytes()
    for form in (secret.hex().encode(), base64.urlsafe_b64encode(secret).rstrip(b"=")):
        assert form not in ledger
