"""Families about things with an id, and about who may reach them."""
