"""What concerns a deployment as a whole, and no tenant's content."""
