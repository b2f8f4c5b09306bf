"""A tenant's collection, built in memory from sealed records."""
