"""The acts of the demonstration, each over HTTP, each leaving behind what it checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from app.calling.progress import bar
from app.calling.remote import Refused, Remote
from app.demo.examples import Example, Question
from app.demo.stage import Stage
from tenancy.deployment.receipts import Unverified, verified_receipt

_UNAUTHORIZED: Final = 401
_NOT_FOUND: Final = 404
_ERASE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Member:
    """One example tenant, provisioned: its id and its own signed-in client."""

    example: Example
    id: str
    service: Remote
    documents: Mapping[str, Any]


def provision(stage: Stage, url: str, operators: Remote, example: Example, settings: Mapping[str, str]) -> Member:
    """Create a tenant through the operator plane and enrol its first client with the code."""
    wish = dict(example.wish) | ({"settings": dict(settings)} if settings else {})
    made = operators.call("POST", "/admin/v1/tenants", json=wish)
    with Remote(url) as stranger:
        client = stranger.call("POST", "/v1/enrol", json={"code": made["enrolment"]["code"]})
    service = Remote(url, credentials=(client["client_id"], client["client_secret"]))
    me = service.call("GET", "/v1/me")
    stage.held(f"{example.name}: {made['tenant']['id']}, enrolled", holds=me["tenant"]["name"] == example.name)
    return Member(example, made["tenant"]["id"], service, {})


def upload(stage: Stage, members: Sequence[Member]) -> list[Member]:
    """Upload every document of every tenant and wait until the worker is done with them."""
    total = sum(len(member.example.documents) for member in members)
    with bar("Documents", 2 * total) as progress:
        wanted: list[list[str]] = []
        for member in members:
            wanted.append([])
            for path in member.example.documents:
                wanted[-1].append(member.service.upload(path, path.name)["id"])
                progress.step()
        done: list[Member] = []
        for member, ids in zip(members, wanted, strict=True):
            documents = {}
            for each in ids:
                documents[each] = member.service.settled(each)
                progress.step()
            done.append(replace(member, documents=documents))
    for member in done:
        _say_uploaded(stage, member.example, list(member.documents.values()))
    return done


def _say_uploaded(stage: Stage, example: Example, documents: Sequence[Mapping[str, Any]]) -> None:
    failed = [f"{one['name']}: {one['error']['detail']}" for one in documents if one["status"] != "ready"]
    chunks = sum(one["chunks"] or 0 for one in documents)
    formats = len({one["name"].rpartition(".")[2] for one in documents})
    stage.held(f"{example.name}: {len(documents)} documents in {formats} formats, {chunks} chunks", holds=not failed)
    for sentence in failed:
        stage.note(sentence)


def ask_own(stage: Stage, member: Member) -> None:
    """Ask a tenant its own questions; each answer must hold what is expected, from where it is expected."""
    for question in member.example.questions:
        answer = member.service.call("POST", "/v1/ask", json={"question": question.text})
        stage.answered(question.text, answer, holds=_as_expected(answer, question))


def _as_expected(answer: Mapping[str, Any], question: Question) -> bool:
    said = _flat(answer["answer"] + " " + " ".join(one["quote"] for one in answer["citations"]))
    sources = {one["document_name"] for one in answer["citations"]}
    return any(_flat(words) in said for words in question.answers) and bool(sources & set(question.sources))


def _flat(text: str) -> str:
    return " ".join(text.casefold().split())


def ask_for_others(stage: Stage, asker: Member, others: Sequence[Member]) -> None:
    """Ask a tenant for the others' secrets, and for their documents by id; nothing of theirs may come back."""
    for other in others:
        for secret in other.example.secrets:
            answer = asker.service.call("POST", "/v1/ask", json={"question": secret.question})
            hits = asker.service.call("POST", "/v1/search", json={"query": secret.question})["hits"]
            cited = {one["document_id"] for one in (*answer["citations"], *hits)}
            said = _flat(" ".join([answer["answer"], *(one["quote"] for one in answer["citations"])]))
            found = _flat(" ".join(hit["text"] for hit in hits))
            clean = _flat(secret.words) not in said + found and cited <= set(asker.documents)
            own = ", ".join(sorted({one["document_name"] for one in answer["citations"]}))
            outcome = "refused" if answer["refused"] else f"only its own {own}"
            stage.held(f"{secret.question} → {outcome}", holds=clean)
        foreign = next(iter(other.documents))
        status = _status(asker.service, f"/v1/documents/{foreign}/content")
        stage.held(f"a document of {other.example.name} by its id → {status}", holds=status == _NOT_FOUND)


def _status(service: Remote, path: str) -> int:
    try:
        service.call("GET", path)
    except Refused as refused:
        return refused.status
    return 200


def erase(stage: Stage, url: str, operators: Remote, member: Member) -> None:
    """Erase a tenant; its token must be refused at once, and the receipt must carry the deployment's signature."""
    token = member.service.token()
    asked = operators.call("DELETE", f"/admin/v1/tenants/{member.id}", json={"reason": "the demonstration is over"})
    with Remote(url, token) as ended:
        status = _status(ended, "/v1/me")
    stage.held(
        f"{member.example.name}: its token is refused on the next request ({status})", holds=status == _UNAUTHORIZED
    )
    receipt = operators.wait(f"/admin/v1/erasures/{asked['id']}", "state", "done", _ERASE_SECONDS)
    before, after = receipt["counts_before"], receipt["counts_after"]
    counts = {name: f"{before[name]} → {after[name]}" for name in before if before[name]}
    stage.table(
        f"Receipt {receipt['id']}",
        {
            "tenant": receipt["tenant_id"],
            "destroyed at": receipt["finished_at"],
            "keys destroyed": ", ".join(receipt["keys_destroyed"]),
            **counts,
            "retained until": ", ".join(f"{what}: {until[:10]}" for what, until in receipt["retained"].items()),
            "signature": receipt["signature"][:48] + "…",
        },
    )
    kept = set(receipt["retained"]) | {"state"}
    emptied = all(count == 0 for name, count in after.items() if name not in kept)
    stage.held("every store is empty but for what the receipt says is retained", holds=emptied)
    stage.held("the receipt is signed by this deployment", holds=_signed(operators, receipt))


def _signed(operators: Remote, receipt: Mapping[str, Any]) -> bool:
    try:
        stated = verified_receipt(receipt["signature"], operators.call("GET", "/.well-known/jwks.json"))
    except Unverified:
        return False
    same = ("id", "tenant_id", "state", "counts_before", "counts_after", "keys_destroyed")
    return all(stated[name] == receipt[name] for name in same)
