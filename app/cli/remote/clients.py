"""`bulkhead client`: the credentials of a tenant's programs, over HTTP with the credentials of an administrator."""

from typing import Annotated, Any, Final

import typer

from app.cli.outcome import AsJson, show
from app.cli.remote.signed_in import signed_in
from tenancy.values.roles import Role

_ROLES: Final = " or ".join([", ".join(list(Role)[:-1]), list(Role)[-1]])
app: Final = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Create, list, rotate and revoke the credentials of a tenant's programs.",
)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the program is called.")],
    *,
    role: Annotated[list[str], typer.Option(help=f"{_ROLES}; repeat it for several.")],
    purpose: Annotated[str | None, typer.Option(help="What for; the audit shows it.")] = None,
    expires_at: Annotated[str | None, typer.Option(help="Until when, such as 2030-01-31T12:00:00Z.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make credentials; the secret is shown once, here."""
    wish: dict[str, Any] = {"name": name, "roles": role}
    wish |= {key: value for key, value in (("purpose", purpose), ("expires_at", expires_at)) if value is not None}
    with signed_in() as service:
        show(service.call("POST", "/v1/clients", json=wish), as_json=as_json)


@app.command("list")
def list_all(*, as_json: AsJson = False) -> None:
    """List the tenant's clients, without their secrets."""
    with signed_in() as service:
        show(service.call("GET", "/v1/clients")["items"], as_json=as_json)


@app.command()
def rotate(
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="The client's id.")],
    *,
    overlap: Annotated[int, typer.Option(metavar="SECONDS", help="How long the secret before works beside it.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Give a client another secret, shown once, here; the one before works no more, or until the overlap ends."""
    with signed_in() as service:
        made = service.call("POST", f"/v1/clients/{client}/rotate", json={"overlap_seconds": overlap})
    show(made, as_json=as_json)


@app.command()
def revoke(client: Annotated[str, typer.Argument(metavar="CLIENT", help="The client's id.")]) -> None:
    """End a client's access from the next request on."""
    with signed_in() as service:
        service.call("DELETE", f"/v1/clients/{client}")
