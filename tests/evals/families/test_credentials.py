"""A2's wrong credentials against services that take them, and against those that do not."""

import base64
import json

import pytest

from evals.families.objects.credentials import altered
from evals.families.objects.spoofing import FAMILY
from evals.verdicts.family import Verdict
from tests.evals.conftest import Attacked


@pytest.mark.parametrize(("leak", "variant"), [("prefix", "one letter altered"), ("anybody", "none")])
async def test_a_credential_that_is_not_right_and_opens_something_is_found(
    attacked: Attacked, leak: str, variant: str
) -> None:
    run = await attacked(leak, families=(FAMILY,))
    (result,) = run.families
    assert result.verdict is Verdict.LEAK
    found = {finding.title.rpartition(": ")[2] for finding in result.findings}
    assert f"{variant}." in found


async def test_each_way_of_being_wrong_is_tried_where_nothing_leaks(attacked: Attacked) -> None:
    run = await attacked(families=(FAMILY,))
    (result,) = run.families
    assert result.verdict is Verdict.PASS, result.reason
    (control,) = [one for one in result.controls if "right credentials" in one.name]
    assert control.held
    assert any(cell.slot == "header:Authorization" for cell in result.cells)


def _token(subject: str, letter: str) -> str:
    parts = [{"alg": "EdDSA", "typ": "JWT", "kid": "k" * 43}, {"sub": subject}]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, letter * 86])


def test_a_signed_token_is_tried_unsigned_and_under_anothers_signature_and_never_as_it_is() -> None:
    right, own = _token("victim", "x"), _token("attacker", "y")
    tried = dict(altered(right, own))
    assert right not in tried.values()
    assert tried["one's claims under another's signature"] == f"{right.rpartition('.')[0]}.{'y' * 86}"
    assert tried["its first 40 letters and others"][:40] == right[:40]
    assert tried["its first 40 letters and others"] != right
    header, claims, signature = tried["a token without a signature"].split(".")
    assert json.loads(base64.urlsafe_b64decode(header + "==")) == {"alg": "none", "typ": "JWT"}
    assert (claims, signature) == (right.split(".")[1], "")


def test_an_opaque_token_is_tried_altered_and_cut() -> None:
    assert set(dict(altered("k" * 32, "z" * 32))) == {"one letter altered", "cut short"}
