"""The keys of a deployment: where they rest, how long they stay open, and what they have ended."""
