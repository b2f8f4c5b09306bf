"""Makes the documents of the example tenants from the plain text under `examples/source/`.

Run `python -m examples.build` in the root of the repository. The same sources always give the same content.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from examples.writers.blocks import Source, read_source
from examples.writers.mail import eml_bytes
from examples.writers.printed import pdf_bytes
from examples.writers.slides import pptx_bytes
from examples.writers.webpage import html_bytes
from examples.writers.word import docx_bytes
from examples.writers.workbook import xlsx_bytes

HERE: Final = Path(__file__).parent
TENANTS: Final = tuple(sorted(folder.name for folder in (HERE / "source").iterdir() if folder.is_dir()))

_WRITERS: Final[dict[str, Callable[[Source], bytes]]] = {
    ".docx": docx_bytes,
    ".eml": eml_bytes,
    ".html": html_bytes,
    ".pdf": pdf_bytes,
    ".pptx": pptx_bytes,
    ".xlsx": xlsx_bytes,
}
_COPIED: Final = frozenset({".csv", ".json", ".md", ".txt"})


def documents(tenant: str) -> dict[str, bytes]:
    """Return the documents of one tenant, by file name; raises ValueError for a source without a writer."""
    return documents_of(HERE / "source" / tenant)


def documents_of(sources: Path) -> dict[str, bytes]:
    """Return the documents made from the sources in a folder, by file name; raises ValueError like `documents`."""
    made: dict[str, bytes] = {}
    for path in sorted(sources.glob("*.txt")):
        name = path.stem
        text = path.read_text(encoding="utf-8")
        kind = Path(name).suffix
        if kind in _COPIED:
            made[name] = text.encode()
        elif kind in _WRITERS:
            made[name] = _WRITERS[kind](read_source(text))
        else:
            raise ValueError(f"{path}: no writer makes {kind or 'a file without an extension'}")
    return made


def main() -> None:
    """Write the documents of every tenant, and remove those that have no source any more."""
    for tenant in TENANTS:
        folder = HERE / tenant / "documents"
        folder.mkdir(parents=True, exist_ok=True)
        made = documents(tenant)
        for stale in sorted({path.name for path in folder.iterdir()} - made.keys()):
            (folder / stale).unlink()
        for name, content in made.items():
            (folder / name).write_bytes(content)
        sys.stdout.write(f"{tenant}: {len(made)} documents\n")


if __name__ == "__main__":
    main()
