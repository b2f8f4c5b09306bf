"""Canaries: what a run plants with its tenants, and how it is recognised wherever it comes out."""
