"""Reports of what was spent: what may be asked for, how it is written."""
