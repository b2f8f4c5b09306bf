"""Which tests show which claim of the documentation, read from their markers without importing a test."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeGuard

from tests.house.rules.tree import ROOT, Finding, Source, files, full_name, source, spelled_out

_SHOWS = "pytest.mark.shows"
_EXPECTED_TO_FAIL = frozenset({"pytest.mark.xfail", "tests.known_gaps.known_gap"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A test, or a whole file of tests, that shows a claim, or shows the leak once a named wall is taken away."""

    claim: str
    path: PurePosixPath
    line: int
    test: str = ""
    without: str = ""
    fails: str = ""


def marked_files() -> list[Source]:
    """Return the files below tests/ that have such a marker; a file without the word is not parsed."""
    texts = {
        path: (ROOT / path).read_text(encoding="utf-8")
        for path in files()
        if path.startswith("tests/") and path.endswith(".py")
    }
    return [source(path, text) for path, text in texts.items() if "shows" in text]


def read(tests: Sequence[Source]) -> Iterator[Shown | Finding]:
    """Yield what each marker says, and a finding for a marker that stands on no test or says nothing readable."""
    for one in tests:
        names = spelled_out(one)
        understood = set()
        for test, marks in _tests(one):
            fails = _fails(marks, names)
            for mark in marks:
                if isinstance(mark, ast.Call) and full_name(mark.func, names) == _SHOWS:
                    understood.add(mark.func)
                    yield from _claims(one, mark, test, fails)
        for node in ast.walk(one.tree):
            if isinstance(node, ast.Attribute) and node not in understood and full_name(node, names) == _SHOWS:
                says = "this marker stands on no test: put it above one, or into the `pytestmark` of a test file"
                yield Finding(one.path, node.lineno, says)


def _tests(one: Source) -> Iterator[tuple[str, list[ast.expr]]]:
    """Yield whatever pytest collects with its marks: the file under the empty name, classes, functions, methods."""
    if not one.path.name.startswith("test_"):
        return
    yield "", _pytestmark(one.tree.body)
    for node in one.tree.body:
        if _is_test(node):
            yield node.name, node.decorator_list
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield node.name, [*node.decorator_list, *_pytestmark(node.body)]
            for method in filter(_is_test, node.body):
                yield f"{node.name}::{method.name}", method.decorator_list


def _is_test(node: ast.stmt) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")


def _pytestmark(body: Sequence[ast.stmt]) -> list[ast.expr]:
    found: list[ast.expr] = []
    for node in body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            found += node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
    return found


def _fails(marks: Sequence[ast.expr], names: dict[str, str]) -> str:
    """Return in words whether a test, or some cases of it, is expected to fail."""
    heads = {full_name(mark.func if isinstance(mark, ast.Call) else mark, names) for mark in marks}
    if _EXPECTED_TO_FAIL & heads:
        return "expected to fail"
    within = {full_name(node, names) for mark in marks for node in ast.walk(mark)}
    return "expected to fail in part" if _EXPECTED_TO_FAIL & within else ""


def _claims(one: Source, mark: ast.Call, test: str, fails: str) -> Iterator[Shown | Finding]:
    claims = [arg.value for arg in mark.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    without = ""
    readable = bool(claims) and len(claims) == len(mark.args)
    for word in mark.keywords:
        value = word.value.value if isinstance(word.value, ast.Constant) else None
        if word.arg == "without" and isinstance(value, str) and value:
            without = value
        else:
            readable = False
    if not readable:
        yield Finding(one.path, mark.lineno, "write shows(CLAIM, …) or shows(CLAIM, without=WALL), both plain strings")
    else:
        yield from (Shown(claim, one.path, mark.lineno, test, without, fails) for claim in claims)
