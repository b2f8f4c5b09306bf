"""Outlook's own formats of mail."""
