"""The repository keeps its house rules."""

from collections.abc import Iterable

import pytest

from tests.house.rules import capabilities, failures, naming, sizes, testing, wording
from tests.house.rules.tree import ROOT, Finding, Rule, Source, files, repository, source

_RULES: tuple[Rule, ...] = (
    capabilities.no_tenant_named_above_tenancy,
    capabilities.nothing_ambient,
    capabilities.only_settings_read_the_environment,
    capabilities.no_unused_doors,
    capabilities.only_the_mint_makes_capabilities,
    capabilities.two_minting_doors,
    capabilities.values_do_not_change,
    failures.errors_have_their_own_codes,
    failures.few_broad_handlers,
    failures.no_waiting_on_the_clock,
    naming.ids_have_their_types,
    naming.named_for_what_they_do,
    naming.open_with_one_sentence,
    sizes.short_files,
    sizes.short_functions,
    sizes.small_trusted_core,
    testing.every_test_asserts,
    testing.own_code_is_not_patched,
    testing.skips_have_reasons,
    testing.tests_are_not_timed,
    wording.switches_have_reasons,
)


def _report(findings: Iterable[Finding]) -> str:
    return "\n".join(map(str, findings))


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule.__name__)
def test_the_repository_keeps(rule: Rule) -> None:
    assert _report(rule(repository())) == ""


def test_no_folder_holds_too_many_files() -> None:
    assert _report(sizes.small_folders(files())) == ""


@pytest.mark.parametrize("rule", [wording.nothing_of_the_workplace, wording.no_registry_hosts])
def test_no_file_of_any_kind_says_what_may_not_be_said(rule: Rule) -> None:
    assert _report(rule(_texts())) == ""


def test_every_file_that_may_sleep_still_exists() -> None:
    assert [path for path in failures.SLEEPS if not (ROOT / path).is_file()] == []


def test_the_rules_see_the_whole_product() -> None:
    seen = {one.floor for one in repository()}
    assert {"tenancy", "ingestion", "retrieval", "app", "evals", "tests"} <= seen


def _texts() -> list[Source]:
    """Every text of the repository: what is not UTF-8 is a picture or an office document, read by other tests."""
    found = []
    for path in files():
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found.append(source(path + ".txt" if path.endswith(".py") else path, text))
    return found
