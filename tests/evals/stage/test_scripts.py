"""What tenants hold."""

from evals.canaries.derive import CanaryKit, World
from evals.canaries.forms import Form
from evals.canaries.matching import Detector
from evals.stage.scripts import PLANS, Script, script

_KIT = CanaryKit.of_seed("seed", sink="http://127.0.0.1:9")


def _all(tenant: str, world: World = World.PLANTED, seed: str = "seed") -> list[Script]:
    kit = CanaryKit.of_seed(seed, sink="http://127.0.0.1:9")
    return [script(kit, plan, tenant, world=world, takes_metadata=True) for plan in PLANS]


def test_every_form_but_the_one_in_pictures_is_planted() -> None:
    assert {one.form for each in _all("alpha") for one in each.canaries} == set(Form) - {Form.IMAGE_TEXT}


def test_every_secret_is_in_its_document_and_found_there() -> None:
    for each in _all("alpha"):
        whole = "\n".join([each.name, each.content, *each.metadata.values()])
        found = {match.canary.id for match in Detector(each.canaries).find(whole)}
        assert found == {one.id for one in each.canaries}


def test_twins_differ_in_nothing_but_their_secrets() -> None:
    for mine, other in zip(_all("alpha"), _all("beta"), strict=True):
        one, two = mine.content, other.content
        for canary, twin in zip(mine.canaries, other.canaries, strict=True):
            for part, counterpart in zip(canary.parts, twin.parts, strict=True):
                one, two = one.replace(part, "#"), two.replace(counterpart, "#")
            assert canary.question == twin.question
        assert one == two
        assert Detector(mine.canaries).find(other.content) == []


def test_a_decoy_world_is_as_long_to_the_letter_and_holds_no_secret() -> None:
    for mine, decoy in zip(_all("alpha"), _all("alpha", World.DECOY), strict=True):
        assert (len(mine.content), len(mine.name)) == (len(decoy.content), len(decoy.name))
        assert Detector(mine.canaries).find(decoy.content + decoy.name) == []


def test_a_seed_gives_the_same_documents_and_another_seed_others() -> None:
    assert _all("alpha") == _all("alpha")
    assert _all("alpha") != _all("alpha", seed="other")


def test_without_metadata_nothing_is_left_out_but_what_would_stand_there() -> None:
    without = [script(_KIT, plan, "alpha", takes_metadata=False) for plan in PLANS]
    assert {one.form for each in without for one in each.canaries} == set(Form) - {Form.IMAGE_TEXT, Form.METADATA}
    assert [each.metadata for each in without] == [{}] * len(PLANS)
