"""The attacks, in families: each looks for leaks of one kind, over all places where that kind can be."""
