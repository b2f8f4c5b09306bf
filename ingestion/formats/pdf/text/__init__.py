"""Words become lines, lines become paragraphs: what holds of text wherever it stands on a page."""
