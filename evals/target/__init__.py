"""One service under test: what its file says about it, and how it is spoken to."""
