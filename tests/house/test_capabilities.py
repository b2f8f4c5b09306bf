"""The rules about capabilities find each way around them that was thought of."""

import pytest

from tests.house.rules import capabilities
from tests.house.samples import flagged


@pytest.mark.parametrize(
    "text",
    [
        "def f(tenant_id): ...",
        "def f(*, tenant): ...",
        "async def f(tid: str, /): ...",
        "x = scope.tenant_id",
        "class A:\n    tenant_id: str",
        "from tenancy.ids import TenantId",
        "from tenancy.scope import tenant_of",
    ],
)
@pytest.mark.parametrize("path", ["retrieval/x.py", "ingestion/x.py", "app/http/x.py"])
def test_a_tenant_named_above_tenancy_is_found(path: str, text: str) -> None:
    assert len(flagged(capabilities.no_tenant_named_above_tenancy, (path, text))) == 1


@pytest.mark.parametrize("path", ["tenancy/x.py", "app/admin/tenants.py", "app/cli/tenant.py", "tests/x.py"])
def test_tenancy_and_operators_may_name_one(path: str) -> None:
    assert flagged(capabilities.no_tenant_named_above_tenancy, (path, "def f(tenant_id): ...")) == []


def test_a_compartment_is_what_the_pipelines_take() -> None:
    assert flagged(capabilities.no_tenant_named_above_tenancy, ("retrieval/x.py", "def f(compartment): ...")) == []


@pytest.mark.parametrize(
    "text",
    ["from tenancy.mint import Mint", "from tenancy import mint", "import tenancy.mint", "import tenancy.mint as m"],
)
def test_the_mint_imported_by_something_that_is_no_door_is_found(text: str) -> None:
    assert flagged(capabilities.two_minting_doors, ("app/http/ask.py", text)) == [1]
    assert flagged(capabilities.two_minting_doors, ("app/auth.py", text)) == []


@pytest.mark.parametrize("path", ["tenancy/erasure.py", "app/auth.py", "ingestion/work.py"])
def test_an_issuer_of_capabilities_imported_outside_the_mint_is_found(path: str) -> None:
    text = "from tenancy.scope import issue_scope"
    assert flagged(capabilities.only_the_mint_makes_capabilities, (path, text)) == [1]
    assert flagged(capabilities.only_the_mint_makes_capabilities, ("tenancy/mint.py", text)) == []


def test_a_door_that_is_not_used_is_found() -> None:
    assert flagged(capabilities.no_unused_doors, ("app/auth.py", "import jwt")) == [1]
    assert flagged(capabilities.no_unused_doors, ("app/auth.py", "from tenancy.mint import Mint")) == []


@pytest.mark.parametrize("text", ["TenantScope(None)", "scope.Compartment(x)", "tenancy.custody.Custody()"])
@pytest.mark.parametrize("path", ["app/auth.py", "tenancy/stores/rows.py"])
def test_a_capability_constructed_outside_the_mint_is_found(path: str, text: str) -> None:
    assert flagged(capabilities.only_the_mint_makes_capabilities, (path, text)) == [1]
    assert flagged(capabilities.only_the_mint_makes_capabilities, ("tenancy/mint.py", text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "import os\nx = os.environ['A']",
        "import os\nx = os.environ.get('A')",
        "import os as o\nx = o.getenv('A')",
        "from os import environ as e\nx = dict(e)",
        "import os\nrun(env={**os.environ})",
        "import os\nx = os.environ.pop('A')",
    ],
)
def test_reading_the_environment_is_found(text: str) -> None:
    assert flagged(capabilities.only_settings_read_the_environment, ("ingestion/x.py", text)) == [2]
    assert flagged(capabilities.only_settings_read_the_environment, ("app/settings.py", text)) == []


@pytest.mark.parametrize(
    "text", ["os.environ['A'] = '1'", "os.environ.update(A='1')", "os.environ.clear()", "del os.environ['A']"]
)
def test_setting_a_variable_for_a_library_is_not_reading(text: str) -> None:
    assert flagged(capabilities.only_settings_read_the_environment, ("app/x.py", f"import os\n{text}")) == []


@pytest.mark.parametrize("text", ["import contextvars", "from contextvars import ContextVar"])
def test_a_context_variable_is_found(text: str) -> None:
    assert flagged(capabilities.nothing_ambient, ("app/x.py", text)) == [1]


@pytest.mark.parametrize("decorator", ["@dataclass", "@dataclass(frozen=True)", "@dataclasses.dataclass(slots=True)"])
def test_a_value_that_can_change_is_found(decorator: str) -> None:
    assert flagged(capabilities.values_do_not_change, ("app/x.py", f"{decorator}\nclass A: ...")) == [1]


def test_a_frozen_slotted_value_is_not() -> None:
    text = "@dataclass(frozen=True, slots=True)\nclass A: ..."
    assert flagged(capabilities.values_do_not_change, ("app/x.py", text)) == []
