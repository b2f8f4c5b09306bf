"""Readers of Office files: every part that a person sees, in reading order."""
