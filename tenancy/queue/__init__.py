"""Lanes of background work, one for each tenant."""
