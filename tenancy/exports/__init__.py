"""A tenant's export: everything it gave, in one archive that only the holder of a key it chose can read."""
