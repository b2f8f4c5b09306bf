"""Find the file of `module:qualname`, also when the definition has moved to another module.

A definition that is no longer where a place says is looked for by its qualified name in all the code. So a file or a
function can move, and what names it follows without an edit, unless the code has two definitions of that name.
"""

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from evals.mutants.syntax import definitions

PRODUCT: Final = ("app", "evals", "ingestion", "retrieval", "tenancy")


class CannotChange(Exception):
    """A change does not fit the code; the message says which, and why."""


def file_of(place: str, root: Path) -> str:
    """Return the file, relative to `root`, of `module:qualname` or of a module. Raises CannotChange."""
    module, _, qualname = place.partition(":")
    named = _module_file(module, root)
    if named is not None and (not qualname or defines(root / named, qualname)):
        return named
    if not qualname:
        raise CannotChange(f"There is no module {module}.")
    found = [path for path in _programs(root) if defines(path, qualname)]
    if len(found) != 1:
        raise CannotChange(f"{module} does not define {qualname}, and {len(found)} other modules do, not one.")
    return str(found[0].relative_to(root))


def defines(path: Path, qualname: str) -> bool:
    """Whether a file defines something under a qualified name."""
    return bool(definitions(_tree(path.read_text(encoding="utf-8")), qualname))


def _module_file(module: str, root: Path) -> str | None:
    base = Path(*module.split("."))
    return next((str(one) for one in (base.with_suffix(".py"), base / "__init__.py") if (root / one).is_file()), None)


def _programs(root: Path) -> Iterator[Path]:
    for part in PRODUCT:
        yield from sorted((root / part).rglob("*.py"))


@lru_cache(maxsize=1024)
def _tree(text: str) -> ast.Module:
    return ast.parse(text)
