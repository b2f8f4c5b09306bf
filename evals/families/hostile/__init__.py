"""Families about content that is made to hurt: orders in documents, files that attack parsers and words in passing."""
