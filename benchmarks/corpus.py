"""Put every file of a folder through the API into one tenant and print what became of each.

    python -m benchmarks.corpus FOLDER

It ends with 1 when a document did not settle, is ready without chunks, failed without saying how, or the service died.
"""

import argparse
import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks.service import Running, TenantCaller, fresh_folder, operator_token, running, tenant

_REFUSED: Final = "refused"
_WIDTHS: Final = (44, 8, 20, 7, 6, 8)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one file; `seconds` are those of its stages."""

    name: str
    status: str
    code: str
    detail: str
    chunks: int | None
    pages: int | None
    seconds: float

    @property
    def settled_well(self) -> bool:
        """Whether it is searchable, or says in a sentence why not."""
        if self.status == "ready":
            return bool(self.chunks)
        return self.status in {"failed", _REFUSED} and bool(self.code) and self.detail.endswith(".")


def _fate(document: dict[str, Any]) -> Fate:
    error = document["error"] or {"code": "", "detail": "", "stage": ""}
    code = f"{error['stage']}/{error['code']}" if error["code"] else ""
    seconds = sum(stage["seconds"] for stage in document["stages"])
    chunks, pages = document["chunks"], document["pages"]
    return Fate(document["name"], document["status"], code, error["detail"], chunks, pages, seconds)


async def _upload(caller: TenantCaller, name: str, content: bytes) -> Fate | None:
    """Upload one file; None when it was accepted."""
    answer = await caller.client.post("/v1/documents", files={"file": (name, content)})
    if answer.is_success:
        return None
    problem = answer.json()
    return Fate(name, _REFUSED, problem["code"], problem["detail"], None, None, 0.0)


async def settle(service: Running, files: dict[str, bytes]) -> list[Fate]:
    """Upload `files` into a new tenant and wait until each is ready or failed."""
    async with tenant(service, operator_token(service), "Corpus") as caller:
        refused = [fate for name in files if (fate := await _upload(caller, name, files[name])) is not None]
        settled = await caller.settled()
        healthy = await caller.client.get(f"{service.api}/readyz")
        if healthy.status_code != httpx.codes.OK:
            raise SystemExit(f"the service is not well afterwards: {healthy.text}")
    return sorted([*refused, *map(_fate, settled.values())], key=lambda fate: fate.name.lower())


def _row(*cells: object) -> str:
    return "  ".join(
        str("" if cell is None else cell)[:width].ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)
    )


def _print(fates: list[Fate], wall: float) -> None:
    print(_row("name", "status", "stage/code", "chunks", "pages", "seconds"))
    for fate in fates:
        print(_row(fate.name, fate.status, fate.code, fate.chunks, fate.pages, f"{fate.seconds:.2f}"))
    print()
    for code, detail in sorted({(fate.code, fate.detail) for fate in fates if fate.code}):
        print(f"{code}: {detail}")
    ready = sum(fate.status == "ready" for fate in fates)
    print(f"\n{len(fates)} files: {ready} ready, {len(fates) - ready} not; {wall:.0f} s of wall time")


def main(arguments: list[str]) -> int:
    """Run by hand; return the exit code."""
    parser = argparse.ArgumentParser(description="Put every file of a folder through the API into one tenant.")
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    with fresh_folder() as data, running(data) as service:
        began = time.monotonic()
        fates = asyncio.run(settle(service, files))
        wall = time.monotonic() - began
        alive = service.process.poll() is None
    _print(fates, wall)
    bad = [fate.name for fate in fates if not fate.settled_well]
    if bad:
        print("not settled well: " + ", ".join(bad))
    return 0 if alive and not bad else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
