"""Which letters the bytes of old texts mean."""
