"""W2: the bytes of every store: no secret, no file name, and nothing that tells that two tenants have the same file.

Secrets that were deleted before are looked for like those that are there.

Vectors are not looked for: no target so far tells what vector a text has, so nobody knows which bytes to look for.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from evals.canaries.derive import Canary
from evals.families.registry import AISVS, CANARIES, Family
from evals.families.whitebox.scanning import SHORTEST, Needle, Scanner, files_below, spellings, writings
from evals.stage.populate import NotPossible
from evals.stage.scripts import Script
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.verdicts.family import Evidence
from evals.verdicts.finding import Finding, shortened
from evals.verdicts.trial import Cell, ControlKind, Trial

_STANDARDS: Final = (AISVS, CANARIES, "L23", "L40", "L45")
_HASHES: Final = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s", "sha3_256")
_WORDS: Final = 1_000  # of the file that two tenants share: some 9 kB
_PIECE: Final = 64
_NO_STORES: Final = frozenset({"walls", "drill"})
_HOST: Final = "whoever reads the disk"
_Sizes = Mapping[Path, tuple[int, int]]


async def run(stage: Stage, evidence: Evidence) -> None:
    """Give two tenants the same file, then look through every byte in every place."""
    places = {name: Path(path) for name, path in stage.spec.white_box.items() if name not in _NO_STORES}
    if not places:
        raise NotPossible("The target file names no places under `white_box`.")
    before = _sizes(places.values())
    shared = Script("shared", f"price-list-{stage.rng.getrandbits(64):016x}.txt", _text(stage), {}, ())
    pair = stage.pick(stage.tenants, 2)
    put = [(tenant, await stage.populate.put(tenant, shared)) for tenant in pair]
    after = _sizes(places.values())
    scan = _Scan(stage, evidence, shared)
    for name, path in places.items():
        scan.place(name, path)
    scan.equal_files([path for path, size in after.items() if before.get(path) != size], pair)
    scan.controls(grown=before != after)
    for tenant, document in put if stage.serves("delete") else ():
        await tenant.session.must("delete", document_id=document.document_id)


class _Scan:
    def __init__(self, stage: Stage, evidence: Evidence, shared: Script) -> None:
        self._stage, self._evidence, self._shared = stage, evidence, shared
        self._holders = [*stage.tenants, *(one for one in stage.extras if one.documents)]
        planted = stage.lookout.planted
        self._owners = {one.id: stage.lookout.owner(one) for one in planted}
        self._needles = _needles(planted, stage.lookout.unplanted, self._names(), shared.content.encode())
        self._scanner = Scanner(self._needles)
        self._unplanted: list[str] = []

    def _names(self) -> set[str]:
        names = {document.name for tenant in self._holders for document in tenant.documents} | {self._shared.name}
        return {name for name in names if len(name) >= SHORTEST}

    def place(self, name: str, path: Path) -> None:
        """Look through one place, and write down for which secrets it was done."""
        cell = Cell("white box", name, name, "store bytes")
        for canary, owner in self._owners.items():
            self._evidence.trial(Trial(canary, "bytes at rest", cell, _HOST, owner))
        for name_of_hash in _HASHES:
            self._evidence.trial(Trial("", f"{name_of_hash} of a shared file", cell, _HOST, self._holders[0].name))
        for found in self._scanner.below([path]):
            needle = found.needle
            if needle.kind == "twin":
                self._unplanted.append(str(found.place))
                continue
            owner = self._owners.get(needle.id, self._holders[0].name)
            title = f"The {needle.kind} of a tenant stands in the clear in {name} ({needle.how})."
            self._leak(title, owner, cell, f"{shortened(needle.id)} in {found.place.name}")

    def equal_files(self, changed: Iterable[Path], pair: list[StagedTenant]) -> None:
        """See that no two files that came with the shared document hold the same bytes."""
        least = len(self._shared.content) // 2
        seen: dict[bytes, Path] = {}
        for path in changed:
            if not path.is_file() or path.stat().st_size < least:
                continue
            raw = path.read_bytes()
            blocks = [raw[at : at + _PIECE] for at in range(0, len(raw), _PIECE)]
            if len(set(blocks)) < len(blocks) // 2:
                continue  # a store's own file, made ready with one pattern
            digest = hashlib.sha256(raw).digest()
            other = seen.setdefault(digest, path)
            if other != path:
                cell = Cell("white box", "equal files", "blobs", "store bytes")
                title = "Two tenants' copies of the same file rest as the same bytes."
                self._leak(title, pair[1].name, cell, f"{other.name} and {path.name}")

    def controls(self, *, grown: bool) -> None:
        """Show that the places are the service's, that everything looked for is found, and nothing else."""
        positive = ControlKind.POSITIVE
        self._evidence.control(positive, "What is put in changes the files in the places.", held=grown)
        with tempfile.TemporaryDirectory() as folder:
            hay = b"".join(os.urandom(number % 97) + raw for number, raw in enumerate(self._needles))
            Path(folder, "hay").write_bytes(hay)
            found = {one.needle for one in self._scanner.below([Path(folder)])}
        missed = set(self._needles.values()) - found
        name = "Every spelling is found among random bytes."
        self._evidence.control(positive, name, held=not missed, detail=f"{len(missed)} of {len(found)} missed")
        self._evidence.control(
            ControlKind.NEGATIVE,
            "A secret that was never planted stands in no file.",
            held=not self._unplanted,
            detail=", ".join(self._unplanted[:3]),
        )

    def _leak(self, title: str, owner: str, cell: Cell, says: str) -> None:
        finding = Finding(self._stage.wire.phase, title, _HOST, owner, cell, says, "", "", _STANDARDS)
        self._evidence.leak(finding)


def _text(stage: Stage) -> str:
    """Write a text that nobody else has."""
    words = [f"{stage.rng.getrandbits(32):08x}" for _ in range(_WORDS)]
    return "\n\n".join(" ".join(words[at : at + 60]) for at in range(0, len(words), 60)) + "\n"


def _needles(
    secrets: Iterable[Canary], twins: Iterable[Canary], names: Iterable[str], content: bytes
) -> dict[bytes, Needle]:
    """Return what must not stand anywhere: secrets, names and digests; and the twins, which are nowhere planted."""
    texts = [("twin", one.id, part) for one in twins for part in one.parts]
    texts += [("secret", one.id, part) for one in secrets for part in one.parts]
    texts += [("file name", name, name) for name in names]
    found = {raw: Needle(kind, one, how) for kind, one, text in texts for how, raw in spellings(text).items()}
    for name in _HASHES:
        digest = hashlib.new(name, content).digest()
        found |= {raw: Needle("digest", name, f"{name}, {how}") for how, raw in writings(digest).items()}
    return found


def _sizes(places: Iterable[Path]) -> _Sizes:
    """Return the size and the last change of every file."""
    found = {}
    for path in files_below(places):
        if path.exists():
            status = path.stat()
            found[path] = (status.st_size, status.st_mtime_ns)
    return found


FAMILY = Family("W2", "The bytes of every store", frozenset({"ingest"}), _STANDARDS, run, reach=4)
