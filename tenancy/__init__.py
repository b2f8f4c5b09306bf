"""The trusted base: the only code that holds, reaches or releases a tenant's data."""
