"""Attack copies: each in a process of its own, some at a time, leaving nothing behind."""
