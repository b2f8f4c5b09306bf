"""Models that read a tenant's text: embedders, term weights, chat, and the guarded way out to a provider."""
