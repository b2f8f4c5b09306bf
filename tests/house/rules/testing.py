"""What a test may not do: pass without asserting, skip without a reason, patch our code, time itself."""

import ast
from collections.abc import Iterator, Sequence

from tests.house.rules.tree import PRODUCT, Finding, Source, dotted, full_name, functions, spelled_out

_ASSERTING = frozenset({"pytest.raises", "pytest.warns", "pytest.fail", "run_state_machine_as_test"})
_SKIPS = {
    "pytest.mark.skip": 0,
    "pytest.mark.skipif": None,
    "pytest.mark.xfail": None,
    "pytest.skip": 0,
    "pytest.xfail": 0,
}
_CLOCKS = frozenset({"time.time", "time.monotonic", "time.perf_counter", "time.process_time"})

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def every_test_asserts(sources: Sequence[Source]) -> Iterator[Finding]:
    """A test asserts something, itself or through a function of its own file or one named for asserting."""
    for one in sources:
        if not one.is_test:
            continue
        local = {function.name: function for function in functions(one.tree)}
        for function in functions(one.tree):
            if function.name.startswith("test_") and not _asserts(function, local, frozenset()):
                yield Finding(one.path, function.lineno, f"{function.name} asserts nothing")


def _asserts(function: _Function, local: dict[str, _Function], seen: frozenset[str]) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant):
            return True
        name = dotted(node.func) if isinstance(node, ast.Call) else ""
        last = name.rpartition(".")[2]
        if name in _ASSERTING or last.startswith("assert_"):
            return True
        known = last in local and last not in seen and last != function.name
        if known and _asserts(local[last], local, seen | {function.name}):
            return True
    return False


def skips_have_reasons(sources: Sequence[Source]) -> Iterator[Finding]:
    """Whatever is skipped or expected to fail says why."""
    for one in sources:
        if not one.is_test:
            continue
        calls = [node for node in ast.walk(one.tree) if isinstance(node, ast.Call)]
        called = {id(node.func) for node in calls}
        for call in calls:
            name = dotted(call.func)
            if name in _SKIPS and not _has_reason(call, _SKIPS[name]):
                yield Finding(one.path, call.lineno, f"{name} without a reason")
        for node in ast.walk(one.tree):
            if not isinstance(node, ast.Attribute) or id(node) in called:
                continue
            if dotted(node) in _SKIPS and dotted(node).startswith("pytest.mark."):
                yield Finding(one.path, node.lineno, f"{dotted(node)} without a reason")


def _has_reason(call: ast.Call, position: int | None) -> bool:
    given = [word.value for word in call.keywords if word.arg in {"reason", "msg"}]
    if position is not None:
        given += call.args[position : position + 1]
    return any(not (isinstance(one, ast.Constant) and not str(one.value or "").strip()) for one in given)


def own_code_is_not_patched(sources: Sequence[Source]) -> Iterator[Finding]:
    """Simulators, not mocks: a test changes its own arguments, never our modules."""
    for one in sources:
        if not one.is_test:
            continue
        names = spelled_out(one)
        for name in names.values():
            if f"{name}.".startswith("unittest.mock."):
                yield Finding(one.path, 1, "unittest.mock: give the code a simulator as its argument")
        for node in ast.walk(one.tree):
            if not isinstance(node, ast.Call) or not dotted(node.func).endswith(
                ("monkeypatch.setattr", "patch.setattr")
            ):
                continue
            owner = _patched(node, names)
            if owner.partition(".")[0] in PRODUCT:
                yield Finding(one.path, node.lineno, f"{owner} is our own code; give it a simulator as its argument")


def _patched(call: ast.Call, names: dict[str, str]) -> str:
    target = call.args[0] if call.args else ast.Constant("")
    if isinstance(target, ast.Constant):
        return str(target.value)
    return full_name(target, names)


def tests_are_not_timed(sources: Sequence[Source]) -> Iterator[Finding]:
    """No assertion depends on how fast the machine is; speed lives in benchmarks."""
    for one in sources:
        if not one.is_test:
            continue
        names = spelled_out(one)
        for function in functions(one.tree):
            clocked = {
                dotted(target)
                for node in ast.walk(function)
                if isinstance(node, ast.Assign) and _reads_clock(node.value, names)
                for target in node.targets
            }
            for node in ast.walk(function):
                if isinstance(node, ast.Assert) and (_reads_clock(node.test, names) or _names(node.test) & clocked):
                    yield Finding(one.path, node.lineno, "an assertion about time; speed lives in benchmarks/")


def _reads_clock(node: ast.AST, names: dict[str, str]) -> bool:
    return any(isinstance(one, ast.Call) and full_name(one.func, names) in _CLOCKS for one in ast.walk(node))


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
