"""Two ways others build the same thing, measured beside ours."""
