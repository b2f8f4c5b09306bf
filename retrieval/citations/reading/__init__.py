"""What a sentence states: its words, numbers, dates, names and codes, and what it affirms."""
