"""The two databases that records rest in, and what both can do."""
