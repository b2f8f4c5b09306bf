"""How fast documents are taken in, and how tenants share that."""
