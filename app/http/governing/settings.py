"""Routes for a tenant's own settings: whose model writes its answers, what is logged of them, how it is watched."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from app.api.route_audit import changes, reads
from app.auth import Administrator, resources_of
from app.http.bodies import Body, documented, json_body
from app.http.governing import alerting
from app.http.governing.alerting import AlertingChange, admitted, apply_alerting
from app.http.replies import gives, listed, maybe, reply, shape
from tenancy.anomalies import chosen
from tenancy.auditing.logging import LONGEST_DAYS, SHORTEST_DAYS, LogMode, change_logging, logging_of
from tenancy.compartment import Compartment
from tenancy.embedder_change.model import ChangeState
from tenancy.exports.recipients import change_recipient, read_recipient, recipient_in
from tenancy.models.environments import Environment
from tenancy.models.own_provider import agree_host, agreed_host, change_provider, group_of, shown
from tenancy.stores.records import Records

router = APIRouter(prefix="/v1/settings")

_TEXT: Final[dict[str, Any]] = {"type": "string"}
_PROVIDER: Final = {
    "provider_key_set": {"type": "boolean"}, "provider_base_url": maybe(_TEXT), "model": maybe(_TEXT),
}  # fmt: skip
_OTHERS: Final = (Environment.DEVELOPMENT, Environment.TEST)
EMBEDDER_CHANGE: Final = shape(
    "EmbedderChange",
    to=_TEXT,
    state={"type": "string", "enum": [*ChangeState]},
    total={"type": "integer", "description": "Chunks that answer."},
    remaining={"type": "integer", "description": "Those of them that are yet to be embedded."},
)
_SETTINGS: Final = {
    **_PROVIDER,
    "platform_provider": maybe(shape("PlatformProvider", model=_TEXT, host=_TEXT, in_use={"type": "boolean"})),
    "platform_provider_host": maybe(_TEXT),
    "embedder": _TEXT,
    "embedder_change": maybe(EMBEDDER_CHANGE),
    "export_recipient": maybe(_TEXT),
    "log_mode": {"type": "string", "enum": list(LogMode)},
    "log_retention_days": {"type": "integer", "minimum": SHORTEST_DAYS, "maximum": LONGEST_DAYS},
    **alerting.SETTINGS,
    "environments": shape("Environments", **{str(each): shape("Provider", **_PROVIDER) for each in _OTHERS}),
}
SETTINGS: Final = shape("Settings", **_SETTINGS)
CHANGED: Final = shape("ChangedSettings", **_SETTINGS, notices=listed(_TEXT))


class ProviderChange(Body):
    """A model provider: a field left out stays as it is, null takes it out. The key is never read back."""

    provider_key: str | None = Field(None, min_length=1, max_length=1_000, json_schema_extra={"writeOnly": True})
    provider_base_url: str | None = Field(None, min_length=1, max_length=2_000)
    model: str | None = Field(None, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")


class EnvironmentChanges(Body):
    """The providers of the environments besides production, which the outer fields are."""

    development: ProviderChange = ProviderChange()
    test: ProviderChange = ProviderChange()


class SettingsChange(ProviderChange, AlertingChange):
    """What to change; the outer provider is production's."""

    environments: EnvironmentChanges = EnvironmentChanges()
    platform_provider_host: str | None = Field(
        None,
        min_length=1,
        max_length=253,
        pattern=r"^[^\s\x00-\x1f\x7f-\x9f]+$",
        description="The host that production's text may be sent to with the operator's key; null: none.",
    )
    embedder: str | None = Field(
        None, max_length=80, description="Another embedder of this service's; the one in force calls a change off."
    )
    export_recipient: str | None = Field(None, min_length=1, max_length=200, description="A public key `age1…`.")
    log_mode: Literal["off", "metadata", "full"] | None = None
    log_retention_days: int | None = Field(None, ge=SHORTEST_DAYS, le=LONGEST_DAYS)


@dataclass(frozen=True, slots=True)
class _Recipient:
    """Another recipient of exports, or none."""

    key: str | None


@dataclass(frozen=True, slots=True)
class _Agreed:
    """Another host that production's text may go to with the operator's key, or none."""

    host: str | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be changed, each part as it was admitted."""

    providers: dict[Environment, dict[str, str | None]]
    agreed: _Agreed | None
    recipient: _Recipient | None
    embedder: str | None
    logging: dict[str, str | None]
    alerting: dict[str, str | None]


def _asked(body: SettingsChange) -> dict[Environment, dict[str, str | None]]:
    """Return the fields that were sent, by environment."""
    parts: dict[Environment, ProviderChange] = {
        Environment.PRODUCTION: body,
        Environment.DEVELOPMENT: body.environments.development,
        Environment.TEST: body.environments.test,
    }
    fields = set(ProviderChange.model_fields)
    return {each: part.model_dump(include=fields & part.model_fields_set) for each, part in parts.items()}


def _logging_asked(body: SettingsChange) -> dict[str, str | None]:
    """Return what was sent of what is logged."""
    names = {"log_mode": "mode", "log_retention_days": "days"}
    sent = body.model_dump(mode="json", include=names.keys() & body.model_fields_set)
    return {names[name]: None if value is None else str(value) for name, value in sent.items()}


def _offer(offered: Mapping[str, str] | None, kept: Mapping[str, str]) -> dict[str, object] | None:
    """Return what the operator offers, and whether production's text goes there now."""
    if offered is None:
        return None
    host = offered["provider_host"]
    in_use = "provider_key" not in kept and host == agreed_host(kept)
    return {"model": offered["model"], "host": host, "in_use": in_use}


async def _view(compartment: Compartment) -> dict[str, object]:
    async with compartment.snapshot() as records:
        own = await shown(records.settings, Environment.PRODUCTION)
        kept = await records.settings.get(group_of(Environment.PRODUCTION))
        log = await logging_of(records.settings)
        others = {str(each): await shown(records.settings, each) for each in _OTHERS}
        recipient = await recipient_in(records.settings)
        watched = await chosen.shown(records.settings)
        embedder, change = await compartment.embedder.read(records)
    theirs = {
        "platform_provider": _offer(await compartment.models.offered(), kept),
        "platform_provider_host": agreed_host(kept),
    }
    stored = {"embedder": embedder, "embedder_change": None if change is None else asdict(change)}
    logged = {"log_mode": log.mode, "log_retention_days": log.days}
    return {**own, **theirs, **stored, "export_recipient": recipient, **logged, **watched, "environments": others}


@router.get("", responses=gives(SETTINGS, 401, 403, 503))
@reads("settings.read")
async def read_settings(compartment: Administrator) -> Response:
    """Return the tenant's settings; of a provider's key only whether there is one."""
    return reply(await _view(compartment))


@router.patch("", responses=gives(CHANGED, 401, 403, 413, 422, 503), openapi_extra=documented(SettingsChange))
@changes("settings.changed")
async def change_settings(
    request: Request,
    compartment: Administrator,
    body: Annotated[SettingsChange, Depends(json_body(SettingsChange))],
) -> Response:
    """Change what is sent, from the next request on; `notices` says what else that did.

    A key stays with the scheme, host and port that it was given for: another address without the key takes it out.
    """
    asked = _asked(body)
    for provider in asked.values():
        await compartment.models.admit_provider(provider)
    given = body.export_recipient
    recipient = None if given is None else read_recipient(given)
    change = _Recipient(recipient) if "export_recipient" in body.model_fields_set else None
    agreed = _Agreed(body.platform_provider_host) if "platform_provider_host" in body.model_fields_set else None
    watched = await admitted(body, resources_of(request).foundation.post)
    embedder = None
    if "embedder" in body.model_fields_set:
        embedder = await compartment.embedder.admit(body.embedder or "")
    notices = await _apply(compartment, _Asked(asked, agreed, change, embedder, _logging_asked(body), watched))
    return reply({**await _view(compartment), "notices": notices})


async def _apply(compartment: Compartment, asked: _Asked) -> list[str]:
    """Make the changes in one transaction, and forget at once the keys that are no longer there."""
    notices, gone = [], []
    async with compartment.begin() as records:
        for environment, given in asked.providers.items():
            change = await change_provider(records.settings, environment, given)
            if change.fields:
                await records.audit.add("settings.changed", f"{environment}: {', '.join(change.fields)}")
            if change.key_dropped:
                notices.append(
                    f"The provider key of {environment} was given for another address and was taken out. Give it again."
                )
            if "provider_key" in change.fields and "provider_key" not in change.provider:
                gone.append(environment)
        gone += await _apply_agreement(records, asked.agreed)
        recipient = asked.recipient
        if recipient is not None and await change_recipient(records.settings, recipient.key):
            await records.audit.add("settings.changed", f"export_recipient: {recipient.key or 'none'}")
        notices += await _ask_embedder(compartment, records, asked.embedder)
        shorter = await _apply_logging(records, asked.logging)
        notices += await apply_alerting(records, asked.alerting, time.time())
    if shorter:
        await compartment.audit.expire()
    if asked.embedder is not None:
        await compartment.embedder.hurry()
    compartment.quota.forget_brake()
    for environment in gone:
        await compartment.models.forget_chat(environment)
    return notices


async def _ask_embedder(compartment: Compartment, records: Records, embedder: str | None) -> list[str]:
    """Ask for another embedder, and say what that costs."""
    if embedder is None or not await compartment.embedder.ask(records, embedder):
        return []
    _, change = await compartment.embedder.read(records)
    if change is None:
        return ["The change of the embedder was called off."]
    counted = f"{change.remaining:,} chunks are embedded anew in the background, which counts as usage."
    return [f"{counted} Searches stay as they are until all of them are."]


async def _apply_agreement(records: Records, agreed: _Agreed | None) -> list[Environment]:
    """Let production's text go to another host with the operator's key, or to none; return whose client is over."""
    if agreed is None or not await agree_host(records.settings, agreed.host):
        return []
    await records.audit.add("settings.changed", f"platform_provider_host: {agreed.host or 'none'}")
    own = await records.settings.get(group_of(Environment.PRODUCTION))
    return [] if "provider_key" in own else [Environment.PRODUCTION]


async def _apply_logging(records: Records, given: dict[str, str | None]) -> bool:
    """Change what is logged from now on; a shorter time holds for what is there too. True if the time was changed."""
    if not given:
        return False
    log, fields = await change_logging(records.settings, given)
    if "days" in fields:
        await records.interactions.shorten(log.days)
    if fields:
        await records.audit.add("settings.changed", "; ".join(f"log {name}: {getattr(log, name)}" for name in fields))
    return "days" in fields
