"""Who is asking: the keys that tokens are signed with, ours and those of a tenant's own issuer."""
