"""The tables of the documentation that are made from the code, each by the name of its place."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from fastapi.routing import APIRoute
from pydantic_settings import BaseSettings

from app.http.plane import permission_of, tenant_routes
from app.settings import ClientSettings, ProviderSettings, Settings
from evals.quality import metrics
from evals.quality.compare import BASELINE, Kept, read
from ingestion.formats.catalogue import FORMATS
from ingestion.formats.record import Format
from tenancy.plans import PLANS
from tenancy.values.roles import Role
from tests.docs.pages import Table
from tests.house.rules.tree import ROOT

_NOT_AS_THEY_ARE: Final = {
    "refuse_old_office": "never: they are refused with the advice to save them anew",
    "read_image": "where `tesseract-ocr` is installed",
}
_MEASURES: Final = (
    "recall@1",
    metrics.NDCG,
    metrics.HOLDS,
    metrics.F1,
    metrics.CITATION_PRECISION,
    metrics.CITATION_RECALL,
    metrics.NUMBERS,
    metrics.REFUSAL_PRECISION,
    metrics.REFUSAL_RECALL,
    metrics.OVER_REFUSAL,
)


def roles(routes: Sequence[APIRoute]) -> Iterator[str]:
    """Yield a row for every verb of every route that asks for a permission, with the roles that have it."""
    yield "| request | " + " | ".join(Role) + " |"
    yield "|---|" + ":---:|" * len(Role)
    for route in routes:
        permission = permission_of(route)
        for method in sorted(route.methods or ()) if permission is not None else ():
            given = ["✓" if permission is not None and role in permission.roles else "" for role in Role]
            yield f"| `{method} {route.path}` | " + " | ".join(given) + " |"


def formats(known: Iterable[Format]) -> Iterator[str]:
    """Yield a row for each way in which files are read, with the ends of their names."""
    ends: dict[str, list[str]] = {}
    for one in known:
        how = _NOT_AS_THEY_ARE.get(one.reader.partition(":")[2], "as they are")
        ends.setdefault(how, []).extend(f"`.{suffix}`" for suffix in one.suffixes if suffix)
    yield "| files that end in | are read |"
    yield "|---|---|"
    for how, suffixes in ends.items():
        yield f"| {', '.join(suffixes)} | {how} |"


def limits() -> Iterator[str]:
    """Yield a row for every limit, with what each plan allows."""
    yield f"| limit | {' | '.join(PLANS)} |"
    yield "|---" * (len(PLANS) + 1) + "|"
    for name in PLANS["free"]:
        yield f"| `{name}` | " + " | ".join(f"{plan[name]:,}" for plan in PLANS.values()) + " |"


def settings(*kinds: type[BaseSettings]) -> Iterator[str]:
    """Yield a row for every setting, with its default and its description."""
    yield "| variable | default | meaning |"
    yield "|---|---|---|"
    for kind in kinds:
        for name, field in kind.model_fields.items():
            if field.is_required():
                default = "(required)"
            else:
                default = "" if field.default in {None, ()} else f"`{str(field.default).lower()}`"
            yield f"| `{kind.model_config['env_prefix']}{name.upper()}` | {default} | {field.description} |"


def quality(sets: Mapping[str, Kept]) -> Iterator[str]:
    """Yield a row for every measured set: the mean over tenants and in brackets the worst tenant."""
    yield f"| set | {' | '.join(_MEASURES)} |"
    yield "|---" * (len(_MEASURES) + 1) + "|"
    for name in sorted(sets):
        yield f"| {name} | {' | '.join(_measured(sets[name], measure) for measure in _MEASURES)} |"


def _measured(kept: Kept, measure: str) -> str:
    if measure not in kept.means:
        return "none asked"
    return f"{kept.means[measure]:.2f} ({kept.worst[measure]:.2f})"


def decisions() -> Iterator[str]:
    """Yield a row for every page about a decision, by its number."""
    yield "| number | decision |"
    yield "|---|---|"
    for path in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        title = path.read_text(encoding="utf-8").partition("\n")[0]
        number, title = re.fullmatch(r"# (\d{4}): (.+)", title).groups()  # type: ignore[union-attr]  # an odd title has to fail
        yield f"| [{number}](decisions/{path.name}) | {title} |"


TABLES: Final[Mapping[str, Table]] = {
    "decisions": decisions,
    "formats": lambda: formats(FORMATS),
    "limits": limits,
    "quality": lambda: quality(read(BASELINE)),
    "roles": lambda: roles(tenant_routes()),
    "settings": lambda: settings(Settings, ClientSettings, ProviderSettings),
}
