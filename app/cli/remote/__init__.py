"""Commands that speak HTTP to a service with a client's own credentials."""
