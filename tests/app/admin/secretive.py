"""A tenant with a canary in every place that a tenant can write, and a search for canaries in all their forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from pyrage import x25519

from tenancy.anomalies.hours import Kind
from tests.app.admin.driving import OperatorDesk
from tests.app.http.deployment import Member
from tests.promise.byte_scan import Scanner
from tests.promise.needles import Needles

PLACES: Final = (
    "text", "file-name", "metadata-name", "metadata", "external-id", "profile-name", "profile", "client", "purpose",
    "app", "question", "search", "organisation", "audience", "model", "address", "provider-key", "webhook", "broken",
)  # fmt: skip
NEVER_READ: Final = frozenset({"provider-key"})
"""What not even its owner reads again."""
ISSUER: Final = "https://127.0.0.1:1"


def canary(place: str) -> str:
    """Return the word that stands in one place only."""
    return f"vermilion{place.replace('-', '')}plover"


@dataclass(frozen=True, slots=True)
class Secretive:
    """The administrator of such a tenant."""

    admin: Member
    seen: str
    """All that the tenant itself reads, so that every canary is known to be where it is looked for."""


def shown(where: str, content: bytes) -> list[str]:
    """Return which canaries stand in some bytes, in plain, base64, hexadecimal, URL or UTF-16 form."""
    return sorted({found.what for found in _SCANNER.content(Path(where), content)})


def said(answer: httpx.Response) -> bytes:
    """Return everything of an answer: its reason, its headers and its body."""
    return b"\n".join(
        [answer.reason_phrase.encode(), *(b": ".join(pair) for pair in answer.headers.raw), answer.content]
    )


def _scanner() -> Scanner:
    needles = Needles()
    for place in PLACES:
        needles.text(place, [canary(place)])
    return Scanner(needles)


_SCANNER: Final = _scanner()


async def secretive(desk: OperatorDesk) -> Secretive:
    """Make the tenant: documents, one of them broken, questions, logs, a profile, a client, settings and an alert."""
    admin = await desk.deployment.administrator()
    fields = {
        "metadata": f'{{"{canary("metadata-name")}": "{canary("metadata")}"}}',
        "external_id": canary("external-id"),
    }
    text = f"The bird that guards the lighthouse of the northern pier is {canary('text')}."
    await admin.upload(f"{canary('file-name')}.txt", text.encode(), fields)
    await admin.upload(f"{canary('broken')}.pdf", b"%PDF-1.7\nnothing follows")
    await desk.deployment.drain(admin)
    await _written(admin)
    client = {"name": canary("client"), "roles": ["user"], "purpose": canary("purpose")}
    made = (await admin.http.post("/v1/clients", json=client)).raise_for_status()
    asker = await desk.deployment.signed_in(made.json(), admin.tenant)
    await asker.search(f"who is {canary('search')}?")
    question = {"question": f"Which bird guards the lighthouse, {canary('question')}?"}
    (await asker.http.post("/v1/ask", json=question, headers={"X-App": canary("app")})).raise_for_status()
    await desk.deployment.alert(admin, kind=Kind.SPIKE)
    await _elsewhere(admin)
    return Secretive(admin, await _own(admin))


async def _written(admin: Member) -> None:
    recipient = str(x25519.Identity.generate().to_public())
    change = {"log_mode": "full", "export_recipient": recipient}
    (await admin.http.patch("/v1/settings", json=change)).raise_for_status()
    words = {"system": f"You are {canary('profile')}."}
    (await admin.http.put(f"/v1/profiles/{canary('profile-name')}", json=words)).raise_for_status()
    (await admin.http.put("/v1/settings/issuer", json=binding())).raise_for_status()


def binding() -> Mapping[str, object]:
    """Return how the tenant's own issuer says that somebody belongs to it."""
    organisation = {"claim": "org_id", "value": canary("organisation")}
    return {"issuer": ISSUER, "audience": canary("audience"), "organisation": organisation}


async def _elsewhere(admin: Member) -> None:
    """Set addresses last: nobody is there, so nothing can be asked of them, and no alert waits to be delivered."""
    change = {
        "alert_webhook": {"url": f"https://93.184.216.34/{canary('webhook')}", "secret": "whsec_" + "A" * 43 + "="},
        "provider_key": canary("provider-key"),
        "provider_base_url": f"https://93.184.216.34/{canary('address')}",
        "model": canary("model"),
    }
    (await admin.http.patch("/v1/settings", json=change)).raise_for_status()


async def _own(admin: Member) -> str:
    """Return what the tenant reads of itself."""
    paths = ["documents", "profiles", "clients", "settings", "settings/issuer", "logs", "alerts", "usage"]
    documents = (await admin.http.get("/v1/documents")).raise_for_status().json()["items"]
    paths += [f"documents/{each['id']}/chunks" for each in documents]
    paths.append(f"profiles/{canary('profile-name')}")
    return "\n".join([(await admin.http.get(f"/v1/{path}")).raise_for_status().text for path in paths])
