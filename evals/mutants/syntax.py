"""Find one place in a program by its name and a pattern of its syntax, and rewrite it there.

A place is `module:qualname`, such as `app.auth:Permission.__call__`, or a module alone. A pattern is Python, compared
as syntax: layout, comments and quotes do not count. What it may hold besides:

* `...` stands for any expression; among arguments, elements or statements for any number of them, also none.
* `$name` stands for any expression, alone on a line for any statement; the same name for the same thing each time.
* `name: type` and `name: type = value` also match a parameter.

In a replacement `$name` is what the pattern's `$name` matched, and `$found` all that it matched.
"""

import ast
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_HOLE: Final = "hole_"
_NAME: Final = re.compile(r"(?m)(^ *)?\$([a-z_]+)")
_WHOLE: Final = "found"
_SKIPPED: Final = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Placed = ast.stmt | ast.expr | ast.arg
Bound = dict[str, ast.stmt | ast.expr]


class NoMatch(Exception):
    """A place or a pattern does not occur exactly once; the message says what was looked for and how often it is."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a program's text, in bytes of its UTF-8, with what the pattern's names matched there."""

    start: int
    end: int
    names: Mapping[str, tuple[int, int]]


def rewritten(text: str, qualname: str, find: str, replace: str) -> str:
    """Return a program in which what matches `find`, once in what `qualname` defines, is replaced. Raises NoMatch.

    An empty `qualname` is the whole program; an empty `find` puts the replacement before what `qualname` defines.
    """
    source = _Source(text)
    if not find:
        definition = source.definition(qualname).body[0]
        start, _ = source.range_of(definition, definition)
        return source.replaced(Span(start, start, {}), textwrap.dedent(replace).strip("\n") + "\n\n\n")
    found = list(_matches(_parsed(find), source.definition(qualname), source))
    if len(found) != 1:
        raise NoMatch(f"{qualname or 'the module'} has {len(found)} places, not one, for the pattern {find!r}")
    return source.replaced(found[0], textwrap.dedent(replace).strip("\n"))


def definitions(tree: ast.AST, qualname: str) -> list[ast.stmt]:
    """Return every function, class and assignment that a program has under a dotted name."""
    *outer, last = qualname.split(".")
    scopes = [tree]
    for name in outer:
        scopes = [each for one in scopes for each in _inner(one) if isinstance(each, Scope) and each.name == name]
    return [each for one in scopes for each in _inner(one) if _name(each) == last]


def _inner(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield what is defined directly inside a node, also below an `if`, a `with` or a `try`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt) and _name(child) is not None:
            yield child
        elif isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from _inner(child)


def _name(node: ast.stmt) -> str | None:
    """Return the one name that a statement defines."""
    if isinstance(node, Scope):
        return node.name
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else None


class _Source:
    """A program as text and as syntax."""

    def __init__(self, text: str) -> None:
        self._bytes = text.encode()
        self.tree = ast.parse(text)
        lengths = [len(line) for line in self._bytes.splitlines(keepends=True)]
        self._starts = [sum(lengths[:number]) for number in range(len(lengths) + 1)]

    def definition(self, qualname: str) -> ast.Module:
        """Return what is defined under a dotted name, as a program; the whole one for none. Raises NoMatch."""
        if not qualname:
            return self.tree
        found = definitions(self.tree, qualname)
        if len(found) != 1:
            raise NoMatch(f"{qualname} is defined {len(found)} times, not once")
        return ast.Module([found[0]], [])

    def range_of(self, first: Placed, last: Placed) -> tuple[int, int]:
        """Return where the text from one node to another begins and ends, decorators included."""
        sign = 0
        if isinstance(first, Scope) and first.decorator_list:
            first, sign = first.decorator_list[0], len("@")
        end_line, end_column = last.end_lineno or last.lineno, last.end_col_offset or 0
        return self._at(first.lineno, first.col_offset) - sign, self._at(end_line, end_column)

    def _at(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column

    def replaced(self, span: Span, replace: str) -> str:
        """Return the text with a span replaced, lines indented like the line on which the span begins."""
        indent = self._indent(span.start)
        names = {**span.names, _WHOLE: (span.start, span.end)}

        def filled(name: re.Match[str]) -> str:
            if name[2] not in names:
                raise NoMatch(f"The replacement names ${name[2]}, and the pattern does not")
            start, end = names[name[2]]
            taken = textwrap.dedent(" " * self._indent(start) + self._bytes[start:end].decode())
            return textwrap.indent(taken, name[1] or "")

        lines = _NAME.sub(filled, replace).split("\n")
        told = "\n".join([lines[0], *(" " * indent + line if line else "" for line in lines[1:])])
        return (self._bytes[: span.start] + told.encode() + self._bytes[span.end :]).decode()

    def _indent(self, offset: int) -> int:
        line = self._bytes[self._bytes.rfind(b"\n", 0, offset) + 1 :]
        return len(line) - len(line.lstrip(b" "))


def _parsed(find: str) -> list[ast.stmt]:
    """Return a pattern's statements. Raises NoMatch for what is none."""
    try:
        pattern = ast.parse(_NAME.sub(rf"\1{_HOLE}\2", textwrap.dedent(find).strip("\n"))).body
    except SyntaxError as error:
        raise NoMatch(f"This pattern is no Python ({error.msg}): {find!r}") from None
    if not pattern or _anything(pattern[0]) or _anything(pattern[-1]):
        raise NoMatch(f"A pattern neither begins nor ends with `...`: {find!r}")
    return pattern


def _matches(pattern: list[ast.stmt], where: ast.AST, source: _Source) -> Iterator[Span]:
    """Yield every place below a node that a pattern matches."""
    only = pattern[0] if len(pattern) == 1 else None
    for node in ast.walk(where):
        if isinstance(only, ast.Expr):
            bound: Bound = {}
            if isinstance(node, ast.expr) and _same(only.value, node, bound):
                yield _span(source, node, node, bound)
            continue
        if isinstance(only, ast.AnnAssign) and isinstance(node, ast.arguments):
            yield from _parameters(only, node, source)
        for _field, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                yield from _runs(pattern, value, source)


def _runs(pattern: list[ast.stmt], body: list[ast.stmt], source: _Source) -> Iterator[Span]:
    """Yield each run of a body's statements that begins and ends as the pattern does; the shortest from each start."""
    for start in range(len(body)):
        for end in range(start + 1, len(body) + 1):
            bound: Bound = {}
            if _sequence(pattern, body[start:end], bound):
                yield _span(source, body[start], body[end - 1], bound)
                break


def _parameters(pattern: ast.AnnAssign, node: ast.arguments, source: _Source) -> Iterator[Span]:
    """Yield the parameters that `name: type`, or `name: type = value`, matches."""
    plain = [*node.posonlyargs, *node.args]
    without = len(plain) - len(node.defaults)
    defaults: list[ast.expr | None] = [*[None] * without, *node.defaults, *node.kw_defaults]
    for argument, default in zip([*plain, *node.kwonlyargs], defaults, strict=True):
        bound: Bound = {}
        same = isinstance(pattern.target, ast.Name) and pattern.target.id == argument.arg
        same = same and argument.annotation is not None and _same(pattern.annotation, argument.annotation, bound)
        if same and (pattern.value is default or _both(pattern.value, default, bound)):
            yield _span(source, argument, default or argument, bound)


def _both(pattern: ast.expr | None, node: ast.expr | None, bound: Bound) -> bool:
    return pattern is not None and node is not None and _same(pattern, node, bound)


def _span(source: _Source, first: Placed, last: Placed, bound: Bound) -> Span:
    start, end = source.range_of(first, last)
    return Span(start, end, {name: source.range_of(node, node) for name, node in bound.items()})


def _same(pattern: object, node: object, bound: Bound) -> bool:
    """Whether syntax is what a pattern says; `bound` gets what its names stand for."""
    if isinstance(pattern, ast.AST) and isinstance(node, ast.AST):
        hole = _hole(pattern)
        if hole is not None and isinstance(node, ast.stmt if isinstance(pattern, ast.stmt) else ast.expr):
            known = bound.setdefault(hole, node)
            return known is node or ast.dump(known) == ast.dump(node)
        if _anything(pattern) and isinstance(node, ast.expr):
            return True
        return type(pattern) is type(node) and _fields_same(pattern, node, bound)
    if isinstance(pattern, list) and isinstance(node, list):
        return _sequence(pattern, node, bound)
    return type(pattern) is type(node) and pattern == node


def _fields_same(pattern: ast.AST, node: ast.AST, bound: Bound) -> bool:
    open_call = isinstance(pattern, ast.Call) and any(map(_anything, pattern.args))
    for name in pattern._fields:
        if name in _SKIPPED:
            continue
        mine, its = getattr(pattern, name, None), getattr(node, name, None)
        if open_call and name == "keywords":
            if not all(any(_same(one, other, bound) for other in its or []) for one in mine or []):
                return False
        elif not _same(mine, its, bound):
            return False
    return True


def _sequence(patterns: Sequence[object], nodes: Sequence[object], bound: Bound) -> bool:
    """Whether a list matches, `...` standing for any number of its members."""
    if not patterns:
        return not nodes
    first, rest = patterns[0], patterns[1:]
    if isinstance(first, ast.AST) and _anything(first):
        return any(_sequence(rest, nodes[skipped:], bound) for skipped in range(len(nodes) + 1))
    tried = dict(bound)
    if nodes and _same(first, nodes[0], tried) and _sequence(rest, nodes[1:], tried):
        bound.update(tried)
        return True
    return False


def _hole(node: ast.AST) -> str | None:
    """Return the name of a `$name`, also where it is a statement."""
    inner = node.value if isinstance(node, ast.Expr) else node
    is_hole = isinstance(inner, ast.Name) and inner.id.startswith(_HOLE)
    return inner.id.removeprefix(_HOLE) if is_hole and isinstance(inner, ast.Name) else None


def _anything(node: ast.AST) -> bool:
    """Whether a node of a pattern is `...`, also where it is a statement."""
    inner = node.value if isinstance(node, ast.Expr) else node
    return isinstance(inner, ast.Constant) and inner.value is Ellipsis
