"""How tenants share one embedder: whose texts are next, and where those of long documents go."""
