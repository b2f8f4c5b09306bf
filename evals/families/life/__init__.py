"""Families about what a document and a tenant go through: put in, attacked, deleted, erased."""
