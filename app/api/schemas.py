"""Field types that the bodies of several requests share."""

from typing import Annotated

from pydantic import Strict, WithJsonSchema

from tenancy.values.roles import Role

RoleName = Annotated[
    Role,
    Strict(strict=False),  # in JSON a role is its name; a strict enum would take only what is a role already
    WithJsonSchema({"enum": [role.value for role in Role], "type": "string"}),
]
