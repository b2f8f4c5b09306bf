"""Makes the documents of the ordinary tenants from the plain text under `source/`.

Run `python -m benchmarks.answers.ordinary.documents FOLDER` to write them into a folder for each tenant. The notation
of the sources is that of `examples/writers/blocks.py`.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from examples.build import documents_of

SOURCES: Final = Path(__file__).parent / "source"
TENANTS: Final = tuple(sorted(folder.name for folder in SOURCES.iterdir() if folder.is_dir()))


def documents(tenant: str) -> Mapping[str, bytes]:
    """Return the documents of a tenant by file name."""
    return documents_of(SOURCES / tenant)


def main(arguments: list[str]) -> int:
    """Write every document; 2 without a folder."""
    if len(arguments) != 1:
        print("Name the folder to write to.", file=sys.stderr)
        return 2
    for tenant in TENANTS:
        folder = Path(arguments[0], tenant)
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in documents(tenant).items():
            (folder / name).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
