"""Reading Word documents as they look with all changes accepted."""
