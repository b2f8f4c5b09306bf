"""Tables of data: separated values, workbooks and the rules they share."""
