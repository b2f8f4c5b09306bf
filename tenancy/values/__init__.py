"""Values that every floor may name: they know nothing of what is done with them."""
