"""What is written down of every access, and what a tenant reads of it."""
