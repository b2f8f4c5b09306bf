"""Replace a tenant's keys while it is in use."""
