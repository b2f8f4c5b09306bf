"""Mail of every make: Internet messages, files of several, Outlook's own."""

from ingestion.formats.mail.reader import read_eml, read_mbox, read_msg

__all__ = ["read_eml", "read_mbox", "read_msg"]
