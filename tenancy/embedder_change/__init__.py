"""A tenant's change from one embedder to another, made in the background while its searches stay what they are."""
