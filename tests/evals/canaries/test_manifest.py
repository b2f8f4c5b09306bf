"""A manifest says what was planted where, is the same for the same planting, and gives no value away."""

import json
from hashlib import sha256

from evals.canaries.derive import CanaryKit
from evals.canaries.manifest import Planting, manifest, manifest_digest
from tests.evals.canaries.writing import FORMS, KIT

_PLANTED = [
    Planting(KIT.canary(tenant, "plan", form, 0), tenant, "plan") for tenant in ("north", "south") for form in FORMS
]


def test_it_lists_every_canary_with_its_place_and_without_its_value() -> None:
    content = manifest(KIT, _PLANTED)
    rows = {row["canary"]: row for row in json.loads(content)["planted"]}
    assert len(rows) == len(_PLANTED)
    for one in _PLANTED:
        row = rows[one.canary.id]
        assert (row["tenant"], row["document"], row["form"]) == (one.tenant, one.document, one.canary.form)
        assert row["place"] == one.canary.place
        assert row["value_sha256"] == sha256(one.canary.value.encode()).hexdigest()
        assert not any(part.encode() in content for part in one.canary.parts)
    assert KIT.run_key not in content


def test_its_digest_depends_on_what_was_planted_and_not_on_the_order() -> None:
    content = manifest(KIT, _PLANTED)
    assert manifest_digest(content) == sha256(content).hexdigest()
    assert manifest(KIT, reversed(_PLANTED)) == content
    assert manifest(KIT, _PLANTED[1:]) != content
    assert manifest(CanaryKit.of_seed("other", sink=KIT.sink), _PLANTED) != content
