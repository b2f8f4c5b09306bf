"""Writes a source as an e-mail message."""

from email.message import EmailMessage
from email.policy import SMTP

from examples.writers.blocks import Source


def eml_bytes(source: Source) -> bytes:
    """Return the message of a source whose fields are its headers and whose body is sent as it stands."""
    message = EmailMessage(policy=SMTP)
    for key, value in source.fields.items():
        message[key] = value
    message.set_content(source.body, cte="8bit")
    return message.as_bytes()
