"""What a found passage is made of: sentences and rows that can be quoted."""
