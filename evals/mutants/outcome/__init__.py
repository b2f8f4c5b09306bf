"""What became of the mutants: kept as it comes, judged, shown, put together with earlier runs."""
