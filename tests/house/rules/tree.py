"""The source tree as the house rules see it: parsed once, never imported."""

import ast
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[3]
_OUR_HIDDEN = (".ci", ".github", ".gitignore", ".dockerignore")
PRODUCT = ("tenancy", "ingestion", "retrieval", "app", "evals")


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its path from the repository's root, its text, and its syntax tree if it is Python."""

    path: PurePosixPath
    text: str
    tree: ast.Module = field(compare=False, repr=False)

    @property
    def floor(self) -> str:
        """The top folder the file stands in."""
        return self.path.parts[0]

    @property
    def is_product(self) -> bool:
        """Whether the file is part of what is shipped, as against tests, benchmarks and examples."""
        return self.floor in PRODUCT

    @property
    def is_test(self) -> bool:
        """Whether the file is test code."""
        return self.floor == "tests"


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule, where it is broken, and what to do about it."""

    path: PurePosixPath
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.says}"


Rule = Callable[[Sequence[Source]], Iterator[Finding]]


def source(path: str, text: str) -> Source:
    """Parse `text` as the file `path`; only Python has a tree with anything in it."""
    return Source(PurePosixPath(path), text, ast.parse(text if path.endswith(".py") else "", filename=path))


@cache
def repository() -> tuple[Source, ...]:
    """Every Python file of the repository, but the programs that are wrong on purpose."""
    return tuple(
        source(path, (ROOT / path).read_text(encoding="utf-8"))
        for path in files()
        if path.endswith(".py") and not path.startswith("tests/typing/must_not_check/")
    )


@cache
def files() -> tuple[str, ...]:
    """Every path git tracks or would track; in a copy without git, every path that no tool made."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if (ROOT / ".git").exists():
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    else:
        listed = [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if not _made(path.relative_to(ROOT))]
    return tuple(sorted(path for path in set(listed) if path and (ROOT / path).is_file()))


def _made(path: Path) -> bool:
    """Whether a tool or a running service made the file."""
    hidden = path.parts[0].startswith(".") and path.parts[0] not in _OUR_HIDDEN
    return hidden or "__pycache__" in path.parts or path.parts[0] in {"build", "data", "data.keys", "dist"}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, nested ones included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    """Every parameter of a function, however it is passed."""
    given = function.args
    starred = [one for one in (given.vararg, given.kwarg) if one is not None]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *starred]


def dotted(node: ast.AST) -> str:
    """The dotted name an expression spells (`pytest.mark.skip`), or the empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    return ""


def imported(tree: ast.AST) -> Iterator[tuple[ast.stmt, str, str]]:
    """Every import as (statement, full dotted name, name it is bound to)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name, alias.asname or alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}", alias.asname or alias.name


def spelled_out(source: Source) -> dict[str, str]:
    """What each imported name of a module stands for, in full."""
    return {bound: full if bound != full.partition(".")[0] else bound for _, full, bound in imported(source.tree)}


def full_name(node: ast.AST, names: dict[str, str]) -> str:
    """The dotted name of an expression with its import resolved: `sleep` is `asyncio.sleep` if so imported."""
    head, dot, rest = dotted(node).partition(".")
    return names.get(head, head) + dot + rest
