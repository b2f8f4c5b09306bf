"""Documents that programs on the web export under the names of Office files, or Office itself as one text."""
