"""What a tenant may do and has done: rates, requests at the same time, budgets."""
