"""Ranking again what a search found, by more than an index holds."""
