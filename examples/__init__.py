"""Three fictional tenants, with the program that makes their documents."""
