"""How large a file, a function, a folder and the trusted core may grow."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from tests.house.rules.tree import Finding, Source, functions

FILE_LINES = 300
FUNCTION_LINES = 40
FOLDER_FILES = 17
CORE_LINES = 1_200

_CORE_FILES = ("tenancy/scope.py", "tenancy/mint.py", "tenancy/compartment.py")


def short_files(sources: Sequence[Source]) -> Iterator[Finding]:
    """A file stays under 300 lines."""
    for one in sources:
        lines = len(one.text.splitlines())
        if lines >= FILE_LINES:
            yield Finding(one.path, lines, f"{lines} lines: over {FILE_LINES - 1} is a second idea; name it")


def short_functions(sources: Sequence[Source]) -> Iterator[Finding]:
    """A function stays under 40 lines, docstring included, decorators not."""
    for one in sources:
        for function in functions(one.tree):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines >= FUNCTION_LINES:
                yield Finding(one.path, function.lineno, f"{function.name} has {lines} lines; name its parts")


def small_folders(paths: Iterable[str]) -> Iterator[Finding]:
    """A folder of code stays under 17 files."""
    folders = Counter(PurePosixPath(path).parent for path in paths if path.endswith(".py"))
    for folder, count in folders.items():
        if count >= FOLDER_FILES:
            yield Finding(folder, 1, f"{count} files; give it subfolders that are ideas")


def in_trusted_core(path: PurePosixPath) -> bool:
    """Whether a file belongs to the code that issues capabilities or holds opened keys."""
    return (
        str(path) in _CORE_FILES
        or (str(path.parent) == "tenancy" and path.stem.endswith("sealing"))
        or path.parts[:2] == ("tenancy", "keys")
    )


def small_trusted_core(sources: Sequence[Source]) -> Iterator[Finding]:
    """The trusted core stays an afternoon's reading: 1,200 lines in all."""
    lines = {one.path: len(one.text.splitlines()) for one in sources if in_trusted_core(one.path)}
    total = sum(lines.values())
    if total > CORE_LINES:
        parts = ", ".join(f"{path} {count}" for path, count in lines.items())
        yield Finding(PurePosixPath("tenancy"), 1, f"the trusted core has {total} lines ({parts}); cap {CORE_LINES}")
