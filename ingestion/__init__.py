"""The pipeline that turns a file into searchable chunks."""
