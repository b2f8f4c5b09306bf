"""Tripwires: marks that only this deployment can make, and that must never turn up where they do not belong."""
