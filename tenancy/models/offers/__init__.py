"""Model providers that operators offer: to the tenants of a plan, on the platform's account."""
