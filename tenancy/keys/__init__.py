"""The keys of a deployment: where they rest, and how long they stay open."""
