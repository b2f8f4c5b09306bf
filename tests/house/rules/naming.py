"""What modules are called, what they open with, which types ids have."""

import ast
import re
from collections.abc import Iterator, Sequence

from tests.house.rules.tree import Finding, Source, functions, parameters

_LEFTOVERS = frozenset(
    {"base", "common", "core", "helper", "helpers", "manager", "managers", "misc", "shared", "util", "utils"}
)
_SECOND_SENTENCE = re.compile(r"[.!?]\s+[A-Z`]")
_STORES_AND_PIPELINES = ("tenancy", "ingestion", "retrieval")  # app is the border, where ids arrive as text


def named_for_what_they_do(sources: Sequence[Source]) -> Iterator[Finding]:
    """No folder or module is a drawer for leftovers."""
    for one in sources:
        words = {word for part in one.path.with_suffix("").parts for word in part.lower().split("_")}
        for word in sorted(words & _LEFTOVERS):
            yield Finding(one.path, 1, f"{word!r} says nothing; name the module for what it does")


def open_with_one_sentence(sources: Sequence[Source]) -> Iterator[Finding]:
    """A module opens with one sentence saying what it is for; more may follow after a blank line."""
    for one in sources:
        opening = (ast.get_docstring(one.tree) or "").partition("\n\n")[0].strip()
        if not opening:
            if one.text.strip() or one.is_product:
                yield Finding(one.path, 1, "open with one sentence saying what the module is for")
        elif not opening.endswith((".", ":")) or _SECOND_SENTENCE.search(opening):
            yield Finding(one.path, 1, "the opening paragraph is one sentence")


def id_types(sources: Sequence[Source]) -> dict[str, str]:
    """The variable name each id type of tenancy/ids.py goes by: `document_id` for DocumentId."""
    found = {}
    for one in sources:
        if str(one.path) != "tenancy/ids.py":
            continue
        for node in one.tree.body:
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Call)
                and isinstance(node.targets[0], ast.Name)
            ):
                name = node.targets[0].id
                found[re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()] = name
    return found


def ids_have_their_types(sources: Sequence[Source]) -> Iterator[Finding]:
    """Inside, a parameter or field named for an id has the id's type, not str."""
    types = id_types(sources)
    for one in sources:
        if one.floor not in _STORES_AND_PIPELINES:
            continue
        annotated = [(arg.arg, arg.annotation, arg.lineno) for each in functions(one.tree) for arg in parameters(each)]
        annotated += [
            (node.target.id, node.annotation, node.lineno)
            for node in ast.walk(one.tree)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        ]
        for name, annotation, line in annotated:
            if name in types and annotation is not None and _says_str(annotation):
                yield Finding(one.path, line, f"{name} is a {types[name]}, not a str")


def _says_str(annotation: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "str" for node in ast.walk(annotation))
