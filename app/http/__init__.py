"""The tenant plane over HTTP."""
