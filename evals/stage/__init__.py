"""What stands before the families begin: tenants that hold twins of each other, with secrets of their own in them."""
