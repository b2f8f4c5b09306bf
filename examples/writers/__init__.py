"""One writer for each file format of the example documents."""
