"""The door of a sealed job row: claim a lane's next job and bring its document to an end.

Rules this module enforces:

* Who a job is for comes from the row just claimed, afresh for every job, never from what ran before.
* A job is worked on under its lease. When the lease is lost, or the tenant is suspended, the work is cancelled.
* What fails for a reason that is not the document's is tried again, a bounded number of times.
"""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import structlog

from ingestion.parse import ParserPool
from ingestion.publish import Superseded, give_up, ingest
from tenancy.compartment import Compartment
from tenancy.errors import NotFound, ServiceError, Unavailable
from tenancy.ids import LaneRef
from tenancy.mint import Mint
from tenancy.stores.documents.blocks import EmbedderChanged
from tenancy.stores.jobs import LEASE_SECONDS
from tenancy.stores.views import DocumentStatus, Job

MOST_ATTEMPTS: Final = 5
_RENEW_SECONDS: Final = LEASE_SECONDS / 4
_AGAIN_SECONDS: Final = 10.0
_log = structlog.get_logger()


class Result(StrEnum):
    """How one job ended for this worker."""

    READY = "ready"
    FAILED = "failed"
    VOID = "void"
    RETURNED = "returned"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Worked:
    """One job worked on; `owner` is the tenant's opaque id, for metrics."""

    owner: str
    result: Result


async def work(mint: Mint, lane: LaneRef, parser: ParserPool) -> Worked | None:
    """Do the next job of a lane; None when it has none.

    Cancelling it gives the job back at once, so that another worker continues. After any other error the job is due
    again when its lease runs out.
    """
    claimed = await mint.from_lane(lane)
    if claimed is None:
        return None
    compartment, job = claimed
    try:
        result = await _attempt(compartment, job, parser)
    except asyncio.CancelledError:
        await _give_back(compartment, job, 0.0)
        raise
    _log.info("job.ended", job=job.id, document=job.document, result=result, attempt=job.attempts)
    return Worked(compartment.card().id, result)


async def _attempt(compartment: Compartment, job: Job, parser: ParserPool) -> Result:
    try:
        if job.attempts > MOST_ATTEMPTS:  # whatever ended each attempt, this one ends the job
            return await _give_up(compartment, job)
        return Result(await _under_lease(compartment, job, parser))
    except Superseded:
        return Result.VOID
    except EmbedderChanged:
        await _give_back(compartment, job, 0.0)  # it is done anew by the embedder that answers now
        return Result.RETURNED
    except Unavailable as error:
        _log.warning("job.postponed", job=job.id, dependency=error.dependency)
        await _give_back(compartment, job, _AGAIN_SECONDS * random.uniform(1.0, 1.5))  # noqa: S311 - spreads the load
        return Result.RETURNED
    finally:
        await compartment.quota.count()


async def _under_lease(compartment: Compartment, job: Job, parser: ParserPool) -> DocumentStatus:
    """Ingest while renewing the lease; Superseded when another worker has taken the job over."""
    task = asyncio.create_task(ingest(compartment, job, parser))
    try:
        while not (await asyncio.wait({task}, timeout=_RENEW_SECONDS))[0]:
            async with compartment.begin() as records:
                if not await records.jobs.renew(job):
                    raise Superseded
        return await task
    finally:
        if task.cancel():
            await asyncio.wait({task})


async def _give_back(compartment: Compartment, job: Job, delay: float) -> None:
    """Release the job for `delay` seconds and mark its lane; where even that fails, the lease runs out by itself."""
    with suppress(ServiceError):
        async with compartment.queueing() as records:
            await records.jobs.release(job, delay, counted=False)


async def _give_up(compartment: Compartment, job: Job) -> Result:
    async with compartment.snapshot() as records:
        try:
            stage = await records.documents.status(job.document)
        except NotFound:
            raise Superseded from None
    await give_up(compartment, job, stage)
    return Result.GIVEN_UP
