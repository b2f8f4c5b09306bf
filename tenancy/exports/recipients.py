"""The key that a tenant's exports are made out to: a public one of its own, kept among its sealed settings.

Rules this module enforces:

* Only a caller of the tenant's own gives it, so that whoever runs the deployment cannot have an export made out to
  themselves; it rests sealed, so that whoever holds the database cannot exchange it.
* It is an X25519 recipient of the age format (age-encryption.org/v1), written `age1…`.
"""

from typing import Final

from pyrage import RecipientError, x25519

from tenancy.errors import Invalid, ServiceError
from tenancy.stores.settings import TenantSettings

_GROUP: Final = "export"
_RECIPIENT: Final = "recipient"


class InvalidRecipient(Invalid):
    """What was given is no public key that an export can be made out to."""

    code = "invalid_recipient"


class NoRecipient(ServiceError):
    """The tenant has given no key that its export could be made out to."""

    status = 409
    code = "no_export_recipient"
    title = "The tenant has given no recipient for its exports"


def read_recipient(text: str) -> str:
    """Return a recipient as it is kept. Raises InvalidRecipient."""
    try:
        return str(x25519.Recipient.from_str(text))
    except RecipientError:
        raise InvalidRecipient(
            "A recipient is a public key of the age format: age1 and 58 letters and digits."
        ) from None


async def recipient_in(settings: TenantSettings) -> str | None:
    """Return the recipient that the tenant has given, None without one."""
    return (await settings.get(_GROUP)).get(_RECIPIENT)


async def change_recipient(settings: TenantSettings, recipient: str | None) -> bool:
    """Keep another recipient in an open transaction, or none; tell whether that is a change."""
    if recipient == await recipient_in(settings):
        return False
    await settings.put(_GROUP, {} if recipient is None else {_RECIPIENT: recipient})
    return True
