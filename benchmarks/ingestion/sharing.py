"""How much longer a tenant's nine small documents take beside three others' floods of long ones, as a ratio.

Blocks alternate: alone, beside the floods, alone, beside the floods; each in a service of its own. The same for a
tenant of plan `dedicated` whose own worker runs beside the service.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import cycle
from typing import Any, Final

from benchmarks.figures import Figures, median
from benchmarks.service import Running, TenantCaller, fresh_folder, operator_token, own_worker, running, tenant
from benchmarks.texts import passages, sentences

_ROUNDS: Final = 2
_FLOODS: Final = 3
_SMALL: Final = 9
_PAGES: Final = 500
_ROWS: Final = 100_000
_PASSAGES: Final = 400
_LINES: Final = 40
_DISTINCT: Final = 1_000  # sentences; a document repeats them
_FONT: Final = "/Resources << /Font << /F 3 0 R >> >>"
_SETTLED_SECONDS: Final = 10.0  # a flood's first turns are over
_LONGEST_SECONDS: Final = 300.0
_QUESTIONS: Final = 20


def pdf(pages: int, seed: int) -> bytes:
    """Return a PDF of so many pages of text, put together by hand."""
    lines = cycle(sentences(_DISTINCT, seed))
    parts = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for _ in range(pages):
        text = "".join(f"({next(lines)[:100].replace('(', '').replace(')', '')}) Tj T*\n" for _ in range(_LINES))
        drawn = f"BT /F 9 Tf 14 TL 40 780 Td {text}ET".encode("latin-1", "replace").decode("latin-1")
        kids.append(f"{len(parts) + 2} 0 R")
        parts += [
            f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(parts) + 1} 0 R {_FONT} >>",
        ]
    parts[1] = f"<< /Type /Pages /Count {pages} /Kids [{' '.join(kids)}] >>"
    body, starts = "%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        starts.append(len(body))
        body += f"{number} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    body += f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}"
    body += f"trailer\n<< /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{body.index('xref')}\n%%EOF\n"
    return body.encode("latin-1")


def flood(seed: int) -> list[tuple[str, bytes]]:
    """Return one tenant's long documents: a text that is soon read and long embedded, a PDF, a table."""
    text = "\n\n".join(passages(_PASSAGES, seed))
    lines = cycle(sentences(_DISTINCT, seed))
    rows = "".join(
        f"{number},{number * seed % 977},{line}\n" for number, line in zip(range(_ROWS), lines, strict=False)
    )
    return [
        ("book.txt", text.encode()),
        ("report.pdf", pdf(_PAGES, seed)),
        ("table.csv", f"number,amount,note\n{rows}".encode()),
        ("again.pdf", pdf(_PAGES, seed + 100)),
    ]


def measure(figures: Figures) -> None:
    """Measure both, and print the ratios of the medians."""
    floods = [flood(seed) for seed in range(1, _FLOODS + 1)]
    for plan, aim in (("standard", "<= 3"), ("dedicated", "<= 1.1")):
        alone, beside = list[tuple[float, float]](), list[tuple[float, float]]()
        for _ in range(_ROUNDS):
            alone.append(asyncio.run(_block(plan, [])))
            beside.append(asyncio.run(_block(plan, floods)))
        for number, what in enumerate(("nine small documents ready", "a search")):
            ratio = median([each[number] for each in beside]) / median([each[number] for each in alone])
            figures.add("sharing", f"{plan}: {what}, beside floods / alone", ratio, "x", _ROUNDS, "" if number else aim)


async def _block(plan: str, floods: list[list[tuple[str, bytes]]]) -> tuple[float, float]:
    """Return the seconds until nine small documents were ready, and the median seconds of a search meanwhile."""
    with fresh_folder() as data, running(data) as service:
        operator = await asyncio.to_thread(operator_token, service)
        async with AsyncExitStack() as stack:
            small = await stack.enter_async_context(_small(service, operator, plan))
            callers = [
                await stack.enter_async_context(tenant(service, operator, f"flood {number}"))
                for number in range(len(floods))
            ]
            for caller, files in zip(callers, floods, strict=True):
                await caller.upload(*files[0])  # the text first: it is soon embedded
            for caller, files in zip(callers, floods, strict=True):
                await caller.upload_all(files[1:])
            if callers:
                await _under_way(callers)
            return await _nine(small)


@asynccontextmanager
async def _small(service: Running, operator: str, plan: str) -> AsyncIterator[TenantCaller]:
    """Give the tenant with the small documents, whose worker is at work."""
    async with AsyncExitStack() as stack:
        caller = await stack.enter_async_context(tenant(service, operator, "small", plan))
        if plan == "dedicated":
            stack.enter_context(own_worker(service, "small"))
            await asyncio.sleep(_SETTLED_SECONDS)  # until it has said that it is there, and has loaded its parsers
        await caller.upload("warm-up.txt", b"A first document, so that every process is up.")
        await caller.settled()
        yield caller


async def _under_way(callers: list[TenantCaller]) -> None:
    """Return when some of the floods' documents are read, and some embedded, and their first turns are over."""
    deadline = time.perf_counter() + _LONGEST_SECONDS
    while time.perf_counter() < deadline:
        found: list[dict[str, Any]] = [each for one in callers for each in (await one.documents()).values()]
        if {"parsing", "embedding"} <= {each["status"] for each in found}:
            break
        await asyncio.sleep(0.5)
    else:
        raise SystemExit("the floods were not under way in time")
    await asyncio.sleep(_SETTLED_SECONDS)


async def _nine(caller: TenantCaller) -> tuple[float, float]:
    files = [(f"small-{number}.txt", text.encode()) for number, text in enumerate(passages(_SMALL, 9))]
    started = time.perf_counter()
    await caller.upload_all(files)
    ready = asyncio.create_task(caller.settled(0.05))
    asked = []
    for _ in range(_QUESTIONS):
        begun = time.perf_counter()
        await caller.search("what is known about the harbour")
        asked.append(time.perf_counter() - begun)
        await asyncio.sleep(0.05)
    await asyncio.wait({ready})
    seconds = time.perf_counter() - started
    failed = [each["error"] for each in ready.result().values() if each["status"] != "ready"]
    if failed:
        raise SystemExit(f"a small document failed: {failed[0]}")
    return seconds, median(asked)
