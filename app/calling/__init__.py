"""Call a running service over HTTP, and show a person what comes of it."""
