"""Families that look inside the box: prompts, stores, what the database itself guarantees, the audit."""
