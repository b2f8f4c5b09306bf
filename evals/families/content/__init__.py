"""Families about what documents say, wherever it comes out."""
