"""Find out which walls hold on this machine, and what to do about those that do not."""

import asyncio
import os
import resource
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from app.resources import open_deployment
from app.sentinels.watchman import Standing, last_good, standing
from app.settings import Settings
from ingestion.parse import Walls, walls
from tenancy.deployment.roster import without_encoder
from tenancy.errors import ServiceError
from tenancy.index.folder import default_root, swap_in_clear, why_not_memory
from tenancy.models.encoders.installed import chosen, sources
from tenancy.models.encoders.traits import EncoderBroken

_LITTLE_MEMORY: Final = 256 * 1024 * 1024
_CONNECT_SECONDS: Final = 3.0
_OTHERS: Final = 0o077
_MOST_NAMED: Final = 100


class Verdict(StrEnum):
    """How a check came out; a failure means that the service will not start, or that a wall is down."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check; `advice` says what to do where it did not pass."""

    name: str
    verdict: Verdict
    says: str
    advice: str = ""


def _found(name: str, *, holds: bool, says: str, advice: str, accepted: bool = False) -> Finding:
    if holds:
        return Finding(name, Verdict.PASS, says)
    return Finding(name, Verdict.WARN if accepted else Verdict.FAIL, says, advice)


async def examine(settings: Settings) -> list[Finding]:
    """Return a finding for every wall and every dependency that the settings name."""
    parsers = await asyncio.to_thread(walls)
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        lambda: _parsers(parsers, accepted=settings.accept_unwalled_parsers),
        lambda: _index(settings),
        lambda: _folders(settings),
        lambda: _encoders(settings),
        _process,
        _programs,
    )
    found = [finding for check in checks for finding in await asyncio.to_thread(list, check())]
    found += await _services(settings) + await _tripwires(settings)
    return found + await _own_workers(settings) + await _tenants_encoders(settings)


def _parsers(found: Walls, *, accepted: bool) -> Iterator[Finding]:
    advice = "Use a Linux kernel with Landlock and namespaces, or accept it with BULKHEAD_ACCEPT_UNWALLED_PARSERS=1."
    for name, holds, far in (
        ("parser files", found.files, "files that are not their own"),
        ("parser network", found.network, "the network"),
    ):
        says = f"parsers are {'' if holds else 'not '}kept from {far}"
        yield _found(name, holds=holds, says=says, advice=advice, accepted=accepted)
    for name, holds in asdict(found).items():
        plain = name.replace("_", " ")
        says = f"the {plain} wall {'holds' if holds else 'is not available here'}"
        # One wall of each kind is enough; a missing one leaves less depth, not a hole.
        yield _found(f"parser {plain}", holds=holds, says=says, advice="See docs/isolation.", accepted=True)


def _index(settings: Settings) -> Iterator[Finding]:
    root = settings.index_dir or default_root()
    there = next(folder for folder in (root, *root.resolve().parents) if folder.exists())
    reason, accepted = why_not_memory(there), settings.accept_index_on_disk
    advice = "Point BULKHEAD_INDEX_DIR at a tmpfs and turn swap off, or set BULKHEAD_ACCEPT_INDEX_ON_DISK=1."
    says = f"awake indexes live in {root}: " + (reason or "memory only")
    yield _found("index in memory", holds=reason is None, says=says, advice=advice, accepted=accepted)
    clear = swap_in_clear()
    says = "swap is on and not encrypted" if clear else "nothing can be swapped out in the clear"
    yield _found("swap", holds=not clear, says=says, advice="Turn swap off or encrypt it.", accepted=True)
    free = shutil.disk_usage(there).free
    says = f"{free // (1024 * 1024):,} MB free for awake indexes"
    advice = "Give the tmpfs more room (docker: --shm-size), or tenants will not wake."
    yield _found("index room", holds=free >= _LITTLE_MEMORY, says=says, advice=advice, accepted=True)


def _folders(settings: Settings) -> Iterator[Finding]:
    for name, folder in (("key folder", settings.keys_folder), ("data folder", settings.data_dir)):
        if not folder.exists():
            yield Finding(name, Verdict.PASS, f"{folder.resolve()} is made at the first start")
            continue
        loose = [path for path in _walk(folder) if _open_to_others(path)]
        says = f"{folder.resolve()}: " + (f"{len(loose)} entries can be read by others" if loose else "ours alone")
        yield _found(name, holds=not loose, says=says, advice=f"Run: chmod -R go= {folder.resolve()}")


def _walk(folder: Path) -> Iterator[Path]:
    yield folder
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent) / name for name in (*folders, *files))


def _open_to_others(path: Path) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:  # a running service has just removed it
        return False
    return bool(stat.S_IMODE(found.st_mode) & _OTHERS) or found.st_uid != os.geteuid()


def _process() -> Iterator[Finding]:
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    off = 0 in {soft, hard}
    says = "core dumps are off here" if off else "core dumps are on here; a service turns them off for itself"
    yield Finding("core dumps", Verdict.PASS, says)


def _programs() -> Iterator[Finding]:
    there = shutil.which("tesseract") is not None
    says = f"tesseract is {'' if there else 'not '}installed; it reads scanned pages and pictures"
    advice = "If you need them: apt-get install tesseract-ocr"
    yield _found("tesseract", holds=there, says=says, advice=advice, accepted=True)


async def _services(settings: Settings) -> list[Finding]:
    """Ask whether the servers that the settings name take a connection."""
    database = settings.database_url and settings.database_url.get_secret_value()
    redis = settings.redis_url and settings.redis_url.get_secret_value()
    named = (("PostgreSQL", database, 5432), ("Redis", redis, 6379), ("Qdrant", settings.qdrant_url, 6333))
    return [await _reached(name, url, port) for name, url, port in named if url]


async def _tripwires(settings: Settings) -> list[Finding]:
    """Tell how old the deployment's last good probe is, where there is a deployment."""
    name = "tripwires"
    if not settings.sentinel_interval_seconds:
        return [Finding(name, Verdict.WARN, "no sentinels probe the walls", "Set BULKHEAD_SENTINEL_INTERVAL_SECONDS.")]
    if not (settings.keys_folder / "deployment").exists():
        return [Finding(name, Verdict.PASS, "sentinels are made after the first start")]
    try:
        async with open_deployment(settings) as resources:
            at = await last_good(resources)
    except ServiceError as error:
        return [Finding(name, Verdict.FAIL, "what sentinels noted cannot be read", error.detail)]
    says = "no good probe yet" if at is None else f"the last good probe by sentinels was {time.time() - at:,.0f} s ago"
    advice = "If the service runs, look for tripwire.probe_failed and tripwire.leaked in its log."
    holds = standing(settings.sentinel_interval_seconds, at) is Standing.OK
    return [_found(name, holds=holds, says=says, advice=advice, accepted=True)]


def _encoders(settings: Settings) -> Iterator[Finding]:
    """Name the encoders there are, which of them new tenants get, and whether their files are what they should be."""
    known = sources(settings.embedder_dir)
    default = chosen(known, settings.embedder)
    for source in known:
        name = source.traits.name
        label, stated = f"encoder {name}", "the encoder of new tenants" if source is default else "installed"
        if source.missing:
            says = f"{stated if source is default else name} is not installed"
            # What no new tenant gets may be missing: a tenant that has it is a finding of its own.
            yield _found(label, holds=source is not default, says=says, advice=source.missing)
            continue
        try:
            source.verify()
        except EncoderBroken as error:
            yield Finding(label, Verdict.FAIL, str(error), "Until then, tenants with this encoder are answered 503.")
        else:
            yield Finding(label, Verdict.PASS, stated)


async def _tenants_encoders(settings: Settings) -> list[Finding]:
    """Name the tenants whose encoder cannot be used here, where there is a deployment."""
    if not (settings.keys_folder / "deployment").exists():
        return []
    try:
        async with open_deployment(settings) as resources:
            missing = await without_encoder(resources.foundation, _MOST_NAMED)
            advice = " ".join(resources.foundation.embedders.advice(name) for name in missing)
    except ServiceError as error:
        return [Finding("tenants' encoders", Verdict.FAIL, "the registry cannot be read", error.detail)]
    named = [f"{card.id} ({name})" for name, cards in missing.items() for card in cards]
    says = f"tenants that cannot search or upload, as their encoder is missing: {', '.join(named) or 'none'}"
    return [_found("tenants' encoders", holds=not named, says=says, advice=advice)]


async def _own_workers(settings: Settings) -> list[Finding]:
    """Name the tenants of plan `dedicated` whose work waits for a worker of their own, where one is needed."""
    if settings.redis_url is None or not (settings.keys_folder / "deployment").exists():
        return []
    name = "own workers"
    try:
        async with open_deployment(settings) as resources:
            waiting = await resources.foundation.lanes.unattended()
    except ServiceError as error:
        return [Finding(name, Verdict.FAIL, "due work cannot be read", error.detail)]
    says = f"work waits for a worker of the tenant's own: {', '.join(waiting) or 'none'}"
    return [_found(name, holds=not waiting, says=says, advice="Start: bulkhead worker --tenant TENANT", accepted=True)]


async def _reached(name: str, url: str, default_port: int) -> Finding:
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port or default_port
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
        await writer.wait_closed()
    except (OSError, TimeoutError):
        return Finding(name, Verdict.FAIL, f"{host}:{port} takes no connection", f"Start {name}, or correct its URL.")
    return Finding(name, Verdict.PASS, f"{host}:{port} takes connections")
