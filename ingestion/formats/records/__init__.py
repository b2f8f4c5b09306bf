"""Readers of data that is written as text."""
