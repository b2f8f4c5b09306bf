"""The tenants' API: what its routes, and those of the operators' API, have in common."""
