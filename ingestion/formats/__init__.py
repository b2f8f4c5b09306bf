"""The formats that can be read, and how each becomes text: readers are imported by the parser processes only."""
