"""How much of what stands in documents is read, against an account that knows nothing of the readers."""
