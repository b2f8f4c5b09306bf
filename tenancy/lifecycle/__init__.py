"""What becomes of tenants while nobody asks: the work that falls due, and who in the deployment does it."""
