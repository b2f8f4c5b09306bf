"""Make a copy of this checkout in which some code is changed, and which runs by itself.

Rules this module enforces:

* A copy is made of what is tracked, and nothing outside it is touched.
* A change is refused unless what it looks for occurs exactly once, and unless the file still compiles afterwards.
* The copy has a Python of its own that finds the copy's code before the checkout's, also where the environment and the
  current folder are left out (`python -I`): the parsers run what the copy says, like all the rest.
"""

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from evals.mutants.catalogue import Change, Mutant
from evals.mutants.places import CannotChange, file_of
from evals.mutants.syntax import NoMatch, rewritten

CHECKOUT: Final = Path(__file__).resolve().parents[2]
_CODE: Final = ("app", "evals", "ingestion", "retrieval", "tenancy", "tests")
_COMMAND: Final = """\
#!{python}
import sys
from app.cli.main import main
sys.exit(main())
"""


@contextmanager
def copied(changes: Iterable[Change] = (), *, checkout: Path = CHECKOUT, within: Path | None = None) -> Iterator[Path]:
    """Yield a changed copy of the code, below `within` if given, removed at its end; raises CannotChange."""
    with TemporaryDirectory(prefix="bulkhead-mutant-", dir=within) as made:
        copy = Path(made)
        for path in tracked(checkout):
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(checkout / path, copy / path)
        apply(changes, copy)
        _give_python(copy)
        yield copy


def tracked(checkout: Path) -> list[Path]:
    """Return the files of the code, as git knows them; where there is no git, all that no tool has made."""
    command = ["git", "-c", f"safe.directory={checkout}", "ls-files", "-z", "--cached", "--others"]
    command += ["--exclude-standard", "--", *_CODE, "pyproject.toml"]
    if (checkout / ".git").exists():
        listed = subprocess.run(command, cwd=checkout, check=True, capture_output=True, text=True).stdout.split("\0")  # noqa: S603 - fixed words
        found = [Path(one) for one in listed if one]
    else:
        found = [path.relative_to(checkout) for part in _CODE for path in (checkout / part).rglob("*")]
    return sorted(path for path in set(found) if (checkout / path).is_file() and "__pycache__" not in path.parts)


def fitted(mutant: Mutant, checkout: Path = CHECKOUT) -> dict[str, str]:
    """Return the text of every file that a mutant changes; CannotChange unless it fits the code as it is."""
    try:
        return changed(mutant.changes, checkout)
    except CannotChange as error:
        raise CannotChange(f"{mutant.id}: {error}") from None


def apply(changes: Iterable[Change], root: Path) -> None:
    """Make changes below a folder; raises CannotChange before anything is written if one of them does not fit."""
    for file, text in changed(changes, root).items():
        (root / file).write_text(text, encoding="utf-8")


def changed(changes: Iterable[Change], root: Path) -> dict[str, str]:
    """Return the text that each changed file below a folder would have; raises CannotChange."""
    texts: dict[str, str] = {}
    for change in changes:
        file = change.file or file_of(change.place, root)
        if not (root / file).is_file():
            raise CannotChange(f"There is no {file}.")
        before = texts.get(file) or (root / file).read_text(encoding="utf-8")
        texts[file] = _replaced(before, change) if change.file else _rewritten(before, change, file)
    for file, text in texts.items():
        _compile(text, file)
    return texts


def _rewritten(text: str, change: Change, file: str) -> str:
    try:
        return rewritten(text, change.place.partition(":")[2], change.find, change.replace)
    except NoMatch as error:
        raise CannotChange(f"{file}: {error}.") from None


def _replaced(text: str, change: Change) -> str:
    count = text.count(change.find)
    if count != 1:
        raise CannotChange(f"{change.file}: what is looked for occurs {count} times, not once: {change.find!r}")
    return text.replace(change.find, change.replace)


def _compile(text: str, file: str) -> None:
    """Raise CannotChange unless a changed file is still a program."""
    if not file.endswith(".py"):
        return
    try:
        compile(text, file, "exec")
    except SyntaxError as error:
        raise CannotChange(f"{file}: what comes out does not compile: line {error.lineno}: {error.msg}.") from None


def python_of(copy: Path) -> Path:
    """Return the Python of a copy."""
    return copy / ".venv" / "bin" / "python"


def _give_python(copy: Path) -> None:
    """Give a copy its own Python, which sees the copy's code first and the packages installed here second."""
    packages = copy / ".venv" / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    packages.mkdir(parents=True)
    # Paths that a .pth file names are not searched for .pth files again: the checkout, which is installed here as
    # itself, stays out of sight. What is installed is what a parser may read, hence the prefix.
    named = (str(copy), sysconfig.get_path("purelib"), f"import sys; sys.prefix = sys.exec_prefix = {sys.prefix!r}")
    (packages / "copy.pth").write_text("\n".join(named), encoding="utf-8")
    python = python_of(copy)
    python.parent.mkdir()
    python.symlink_to(Path(sys.executable).resolve())
    home = Path(sys.executable).resolve().parent
    (copy / ".venv" / "pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = false\n", "utf-8")
    command = python.with_name("bulkhead")
    command.write_text(_COMMAND.format(python=python), encoding="utf-8")
    command.chmod(0o700)
