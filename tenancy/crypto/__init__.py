"""What is kept under the deployment's own keys: what it has ended, and what vouches for that."""
