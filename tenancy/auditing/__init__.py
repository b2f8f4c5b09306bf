"""Who reached a tenant's data and what was asked and answered, written down before anybody sees it."""
