"""The proof that the leakage suite can fail: copies of the service, and of the suite, each broken in one way."""
