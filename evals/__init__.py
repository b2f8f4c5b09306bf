"""The outside caller: attacks a running deployment over HTTP, importing nothing of it."""
