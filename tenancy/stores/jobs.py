"""A tenant's background jobs: the row is the truth, the queue only says where to look."""

import json
import time
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Final, final

import sqlalchemy as sa

from tenancy.ids import DocumentId, JobId, VersionId, new_id
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.scope import Caller
from tenancy.sealing import SealBroken
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import jobs
from tenancy.stores.views import Document, Job

LEASE_SECONDS: Final = 30.0
UPLOADS: Final = "/v1/documents"
"""The route under which the embedding of documents is booked."""
RE_EMBEDDING: Final = "re-embedding"
"""What it is booked under where the embedder was changed; no route, for nobody asks by request."""


def caller_of(job: Job) -> Caller:
    """Return who acts when a job is worked on: who queued it, with no role; booked where uploads are."""
    return Caller(f"{job.actor} through {job.id}", job.client, job.purpose, frozenset(), app=job.app, feature=UPLOADS)


@final
class Jobs:
    """The jobs of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, keys: TenantKeys) -> None:
        """Bind to an open transaction."""
        self._db = db
        self._keys = keys
        self._tenant = keys.tenant

    async def add(self, document: Document, caller: Caller) -> JobId:
        """Queue the ingestion of a document's newest version on behalf of `caller`, sealed into the job."""
        return await self.queue(document.id, document.version, caller)

    async def queue(self, document: DocumentId, version: VersionId, caller: Caller) -> JobId:
        """Queue the ingestion of a version that is known by its id only."""
        job = Job(JobId(new_id("job")), document, version, caller.actor, caller.client, caller.purpose, app=caller.app)
        position = sa.select(sa.func.coalesce(sa.func.max(jobs.c.position), 0) + 1)
        await self._db.execute(
            jobs.insert().values(
                tenant_id=self._tenant,
                id=job.id,
                position=position.where(jobs.c.tenant_id == self._tenant).scalar_subquery(),
                due_at=time.time(),
                attempts=0,
                body=self._keys.seal(Purpose.JOBS, "jobs", job.id, "body", json.dumps(asdict(job)).encode()),
            )
        )
        return job.id

    async def versions(self) -> set[VersionId]:
        """Return the versions that a job will bring to an end, leased ones included; a forged row brings none."""
        found = set()
        for row in await self._db.execute(sa.select(jobs.c.id, jobs.c.body).where(jobs.c.tenant_id == self._tenant)):
            with suppress(SealBroken):
                found.add(self._opened(row.id, row.body).version)
        return found

    def _opened(self, job: str, body: bytes) -> Job:
        return Job(**json.loads(self._keys.open(Purpose.JOBS, "jobs", job, "body", body)))

    async def claim(self, now: float) -> Job | None:
        """Lease the oldest due job, or one whose lease ran out; None when there is no work.

        A row whose sealed part does not open (edited, or moved here from another tenant) names nobody and is removed.
        """
        free = sa.or_(jobs.c.lease_until.is_(None), jobs.c.lease_until < now)
        query = (
            sa.select(jobs)
            .where(jobs.c.tenant_id == self._tenant, jobs.c.due_at <= now, free)
            .order_by(jobs.c.position)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        while (row := (await self._db.execute(query)).one_or_none()) is not None:
            try:
                job = self._opened(row.id, row.body)
            except SealBroken:
                await self._db.execute(sa.delete(jobs).where(jobs.c.tenant_id == self._tenant, jobs.c.id == row.id))
                continue
            lease = new_id("lea")
            await self._set(JobId(row.id), lease=lease, lease_until=now + LEASE_SECONDS, attempts=row.attempts + 1)
            return replace(job, attempts=row.attempts + 1, lease=lease)
        return None

    async def _set(self, job: JobId, lease_held: str | None = None, **values: object) -> bool:
        changed = jobs.update().where(jobs.c.tenant_id == self._tenant, jobs.c.id == job)
        if lease_held is not None:
            changed = changed.where(jobs.c.lease == lease_held)
        return (await self._db.execute(changed.values(**values))).rowcount == 1

    async def renew(self, job: Job) -> bool:
        """Prolong a lease; False when another worker has taken the job over."""
        return await self._set(job.id, job.lease, lease_until=time.time() + LEASE_SECONDS)

    async def release(self, job: Job, delay: float, *, counted: bool = True) -> bool:
        """Give a job back, due again after `delay` seconds; an attempt not `counted` was cut short from outside."""
        due, attempts = time.time() + delay, job.attempts - (not counted)
        return await self._set(job.id, job.lease, lease=None, lease_until=None, due_at=due, attempts=attempts)

    async def remove(self, job: Job) -> bool:
        """Finish a job; False when the lease was lost, so that nothing else of the transaction may stand."""
        gone = sa.delete(jobs).where(jobs.c.tenant_id == self._tenant, jobs.c.id == job.id, jobs.c.lease == job.lease)
        return (await self._db.execute(gone)).rowcount == 1

    async def next_due(self) -> float | None:
        """Return when the next job falls due or its lease runs out, in epoch seconds."""
        when = sa.func.coalesce(jobs.c.lease_until, jobs.c.due_at)
        query = sa.select(sa.func.min(when)).where(jobs.c.tenant_id == self._tenant)
        return (await self._db.execute(query)).scalar_one_or_none()
