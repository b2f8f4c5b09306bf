"""How the product fails: narrow handlers, one code per error, no waiting on a clock."""

import ast
from collections.abc import Iterator, Sequence

from tests.house.rules.tree import Finding, Source, dotted, full_name, spelled_out

BROAD_HANDLERS = 3

SLEEPS: dict[str, str] = {
    "app/calling/remote.py": "asks a service over HTTP whether an erasure is done; there is nothing to listen to",
    "app/cli/tenants/embedder_change.py": "as turning.py: another process works, and writes into the stores only",
    "app/cli/tenants/turning.py": "shows how far another process has come, which writes that into the stores only",
    "app/serve.py": "starts a program again that could not start, and not at once: there is no event of its recovery",
    "evals/target/pacing.py": "keeps below a target's rate and asks a black box what it cannot announce",
    "tests/promise/service.py": "asks a process that starts whether it answers yet; it cannot call back",
}
"""The files that may wait on a clock, each with the reason why there is no event to wait for."""

_SLEEPS = frozenset({"time.sleep", "asyncio.sleep", "anyio.sleep", "trio.sleep"})


def few_broad_handlers(sources: Sequence[Source]) -> Iterator[Finding]:
    """`except Exception` stands thrice at most: in the worker loop, around upkeep and at the edge of the parsers."""
    found = [
        Finding(one.path, node.lineno, f"except Exception: {BROAD_HANDLERS} are allowed; catch what you can handle")
        for one in sources
        if one.is_product
        for node in ast.walk(one.tree)
        if isinstance(node, ast.ExceptHandler) and _is_broad(node)
    ]
    if len(found) > BROAD_HANDLERS:
        yield from found


def _is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether a handler takes everything. Cleaning up after anything and raising it again is not taking it."""
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(one is None or dotted(one) in {"Exception", "BaseException"} for one in caught)


def errors_have_their_own_codes(sources: Sequence[Source]) -> Iterator[Finding]:
    """Every ServiceError names a code of its own, and no two the same."""
    codes: dict[str, str] = {}
    for one, node in _service_errors(sources):
        code = _own_code(node)
        if code is None:
            yield Finding(one.path, node.lineno, f"{node.name} has no code of its own")
        elif code in codes:
            yield Finding(one.path, node.lineno, f"{node.name} has the code {code!r} of {codes[code]}")
        else:
            codes[code] = node.name


def _service_errors(sources: Sequence[Source]) -> list[tuple[Source, ast.ClassDef]]:
    """Every class that descends from ServiceError, itself first, found by name."""
    classes = [
        (one, node)
        for one in sources
        if one.is_product
        for node in ast.walk(one.tree)
        if isinstance(node, ast.ClassDef)
    ]
    known, grown = {"ServiceError"}, True
    while grown:
        heirs = {node.name for _, node in classes if {dotted(base).rpartition(".")[2] for base in node.bases} & known}
        grown = not heirs <= known
        known |= heirs
    return [(one, node) for one, node in classes if node.name in known]


def _own_code(node: ast.ClassDef) -> str | None:
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            names = [dotted(target) for target in statement.targets]
        elif isinstance(statement, ast.AnnAssign):
            names = [dotted(statement.target)]
        else:
            continue
        if "code" in names and isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str):
            return statement.value.value
    return None


def no_waiting_on_the_clock(sources: Sequence[Source]) -> Iterator[Finding]:
    """Wait for an event, not for time to pass; `asyncio.sleep(0)` only yields."""
    for one in sources:
        if not (one.is_product or one.is_test) or str(one.path) in SLEEPS:
            continue
        names = spelled_out(one)
        for node in ast.walk(one.tree):
            if isinstance(node, ast.Call) and full_name(node.func, names) in _SLEEPS and not _is_zero(node):
                yield Finding(one.path, node.lineno, "wait for an event; or list the file in SLEEPS with its reason")


def _is_zero(call: ast.Call) -> bool:
    return bool(call.args) and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0
