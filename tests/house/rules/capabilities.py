"""Who may name a tenant, mint a capability, read the environment, keep something ambient."""

import ast
from collections.abc import Iterator, Sequence

from tests.house.rules.tree import Finding, Source, dotted, full_name, functions, imported, parameters, spelled_out

DOORS = {
    "app/auth.py": "a verified token",
    "app/resources.py": "gives the doors what they need to check with",
    "ingestion/work.py": "a sealed job row",
}
"""The modules that may import the mint, each with what it holds when it knocks."""

OPERATORS = ("app/admin/", "app/cli/")
"""Where a tenant is named by an operator, and handed straight to tenancy."""

_CAPABILITIES = frozenset({"TenantScope", "Compartment", "Custody"})
_DEFINED_IN = frozenset({"tenancy/scope.py", "tenancy/compartment.py", "tenancy/custody.py"})
_ISSUERS = frozenset(
    {"tenancy.scope.issue_scope", "tenancy.compartment.issue_compartment", "tenancy.custody.issue_custody"}
)
_TENANT_WORDS = frozenset({"tenant_id", "tid", "tenant"})
_TENANT_FIELDS = frozenset({"tenant_id", "tid"})
_TENANT_NAMES = frozenset({"tenancy.ids.TenantId", "tenancy.scope.tenant_of"})
_READ_THE_ENVIRONMENT = frozenset({"app/settings.py", "evals/__main__.py"})
_SETTING = frozenset({"setdefault", "update", "clear", "pop"})


def no_tenant_named_above_tenancy(sources: Sequence[Source]) -> Iterator[Finding]:
    """Outside tenancy nothing takes, keeps or reads a tenant id: it takes a compartment."""
    for one in sources:
        if not one.is_product or one.floor in {"tenancy", "evals"} or str(one.path).startswith(OPERATORS):
            continue
        for line, what in _tenants_named(one):
            yield Finding(one.path, line, f"{what}: take a Compartment; a tenant is named only inside tenancy")


def _tenants_named(one: Source) -> Iterator[tuple[int, str]]:
    for function in functions(one.tree):
        for arg in parameters(function):
            if arg.arg in _TENANT_WORDS:
                yield arg.lineno, f"parameter {arg.arg}"
    for node in ast.walk(one.tree):
        if isinstance(node, ast.Attribute) and node.attr in _TENANT_FIELDS:
            yield node.lineno, f".{node.attr}"
        elif isinstance(node, ast.AnnAssign) and dotted(node.target) in _TENANT_FIELDS:
            yield node.lineno, f"field {dotted(node.target)}"
    for statement, name, _ in imported(one.tree):
        if name in _TENANT_NAMES:
            yield statement.lineno, name


def two_minting_doors(sources: Sequence[Source]) -> Iterator[Finding]:
    """Above tenancy, only the doors import the mint."""
    for one in sources:
        if one.is_product and one.floor != "tenancy" and str(one.path) not in DOORS:
            for statement in _mint_imports(one):
                yield Finding(one.path, statement.lineno, "only a minting door imports the mint")


def only_the_mint_makes_capabilities(sources: Sequence[Source]) -> Iterator[Finding]:
    """No other module imports what issues a capability, or calls its class."""
    for one in sources:
        if not one.is_product or str(one.path) == "tenancy/mint.py":
            continue
        for statement, name, _ in imported(one.tree):
            if name in _ISSUERS:
                yield Finding(one.path, statement.lineno, f"{name} is for the mint alone")
        for node in ast.walk(one.tree) if str(one.path) not in _DEFINED_IN else []:
            if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in _CAPABILITIES:
                yield Finding(one.path, node.lineno, f"{dotted(node.func)} is issued by the mint, not constructed")


def no_unused_doors(sources: Sequence[Source]) -> Iterator[Finding]:
    """A listed door that does not import the mint is struck from the list."""
    for one in sources:
        if str(one.path) in DOORS and not any(_mint_imports(one)):
            yield Finding(one.path, 1, "listed as a minting door, but imports no mint: strike it from DOORS")


def _mint_imports(one: Source) -> Iterator[ast.stmt]:
    return (statement for statement, name, _ in imported(one.tree) if f"{name}.".startswith("tenancy.mint."))


def only_settings_read_the_environment(sources: Sequence[Source]) -> Iterator[Finding]:
    """app/settings.py, and the door of the suite outside, read the environment; setting a variable is not reading."""
    for one in sources:
        if not one.is_product or str(one.path) in _READ_THE_ENVIRONMENT:
            continue
        names = spelled_out(one)
        written = _written(one.tree, names)
        for node in ast.walk(one.tree):
            if not isinstance(node, ast.Attribute | ast.Name) or id(node) in written:
                continue
            if full_name(node, names) in {"os.environ", "os.environb", "os.getenv", "os.getenvb"}:
                yield Finding(one.path, node.lineno, "a setting arrives as an argument; only app/settings.py reads it")


def _written(tree: ast.AST, names: dict[str, str]) -> set[int]:
    """The nodes that are `os.environ` being set or emptied."""
    found = set()
    for node in ast.walk(tree):
        target: ast.expr | None = None
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            target = node.value
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Attribute) and called.attr in _SETTING:
                target = called.value
        if target is not None and full_name(target, names) == "os.environ":
            found.add(id(target))
    return found


def nothing_ambient(sources: Sequence[Source]) -> Iterator[Finding]:
    """No context variable carries identity: authority is an argument."""
    for one in sources:
        for statement, name, _ in imported(one.tree):
            if one.is_product and f"{name}.".startswith("contextvars."):
                yield Finding(one.path, statement.lineno, "pass it as an argument; nothing is ambient")


def values_do_not_change(sources: Sequence[Source]) -> Iterator[Finding]:
    """A dataclass of the product is frozen and slotted."""
    for one in sources:
        if not one.is_product:
            continue
        for node in ast.walk(one.tree):
            for decorator in node.decorator_list if isinstance(node, ast.ClassDef) else []:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                if dotted(called) not in {"dataclass", "dataclasses.dataclass"}:
                    continue
                given = {word.arg for word in decorator.keywords} if isinstance(decorator, ast.Call) else set()
                if not {"frozen", "slots"} <= given:
                    yield Finding(one.path, decorator.lineno, "@dataclass(frozen=True, slots=True)")
