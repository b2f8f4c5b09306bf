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

CHECKOUT: Final = Path(__file__).resolve().parents[2]
_CODE: Final = ("app", "evals", "ingestion", "retrieval", "tenancy", "tests")
_COMMAND: Final = """\
#!{python}
import sys
from app.cli.main import main
sys.exit(main())
"""


class CannotChange(Exception):
    """A change does not fit the code; the message says which, and why."""


@contextmanager
def copied(changes: Iterable[Change] = (), *, checkout: Path = CHECKOUT) -> Iterator[Path]:
    """Yield a changed copy of the code, removed at the end of the block; raises CannotChange."""
    with TemporaryDirectory(prefix="bulkhead-mutant-") as made:
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
    texts: dict[str, str] = {}
    for change in mutant.changes:
        path = checkout / change.file
        if not path.is_file():
            raise CannotChange(f"{mutant.id}: there is no {change.file}.")
        texts[change.file] = changed(texts.get(change.file) or path.read_text(encoding="utf-8"), change)
    for file, text in texts.items():
        compiled(text, file)
    return texts


def apply(changes: Iterable[Change], root: Path) -> None:
    """Make changes below a folder; raises CannotChange before anything of a file that does not fit is written."""
    for change in changes:
        path = root / change.file
        if not path.is_file():
            raise CannotChange(f"There is no {change.file}.")
        path.write_text(changed(path.read_text(encoding="utf-8"), change), encoding="utf-8")
    for file in sorted({change.file for change in changes}):
        compiled((root / file).read_text(encoding="utf-8"), file)


def changed(text: str, change: Change) -> str:
    """Return a file's text with one change made; raises CannotChange."""
    count = text.count(change.find)
    if count != 1:
        raise CannotChange(f"{change.file}: what is looked for occurs {count} times, not once: {change.find!r}")
    return text.replace(change.find, change.replace)


def compiled(text: str, file: str) -> None:
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
