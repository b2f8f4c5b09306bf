"""What a tenant's use of models and storage costs: prices, the ledger of calls, reports."""
