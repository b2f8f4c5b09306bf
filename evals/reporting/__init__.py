"""What a run found, written for machines and for people.

Pure but for `write`: every module builds one text from a `Run`. The rules:
1. coverage stands before the statistical bound, and the bound never without its population;
2. whatever came from the target is data: escaped by the library that writes the format, control characters shown;
3. nothing is decided here: verdicts and exit codes arrive with the run.
"""
