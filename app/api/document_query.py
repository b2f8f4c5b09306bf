"""The query parameters of the list of documents, read strictly."""

from typing import Annotated, Any, Final

import orjson
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from tenancy.index.tenant_index import InvalidFilter, narrowing
from tenancy.stores.documents import Criteria
from tenancy.stores.views import DocumentStatus, Scalar

_LONGEST_FILTER: Final = 8192


def _object(given: object) -> object:
    """Read the JSON text of an object; a fault is told without what was sent."""
    try:
        value = orjson.loads(given) if isinstance(given, str) else None
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise ValueError('expected a JSON object, such as {"year": 2024}')  # noqa: TRY004 - what pydantic reports
    return value


def _fields(value: dict[str, Any]) -> dict[str, tuple[Scalar, ...]]:
    try:
        return dict(narrowing(value).fields)
    except InvalidFilter as error:
        raise ValueError(error.detail) from None


MetadataFilter = Annotated[
    dict[str, Any],
    AfterValidator(_fields),
    BeforeValidator(_object),
    WithJsonSchema({"type": "string", "contentMediaType": "application/json", "maxLength": _LONGEST_FILTER}),
]


class DocumentQuery(BaseModel):
    """Which documents to list; a parameter that does not exist is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(50, ge=1, le=100)
    cursor: str | None = Field(None, max_length=200)
    status: DocumentStatus | None = None
    name: str | None = Field(None, min_length=1, max_length=255, description="The whole name of the file.")
    external_id: str | None = Field(None, min_length=1, max_length=200)
    metadata: MetadataFilter | None = Field(
        None, description="A JSON object: each field has the value given, or one of a list of values."
    )
    since: AwareDatetime | None = Field(None, alias="from", description="Created at this time or later.")
    until: AwareDatetime | None = Field(None, alias="to", description="Created before this time.")

    def criteria(self) -> Criteria:
        """Return what the documents of the list have."""
        return Criteria(
            self.status, self.name, self.external_id, self.metadata,
            None if self.since is None else self.since.timestamp(),
            None if self.until is None else self.until.timestamp(),
        )  # fmt: skip
