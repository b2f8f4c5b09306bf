"""A month of twenty tenants on a clock of its own, from the first request to the bill."""
