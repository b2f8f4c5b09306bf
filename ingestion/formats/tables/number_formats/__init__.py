"""The number formats of spreadsheets, applied."""
