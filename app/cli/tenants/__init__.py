"""`bulkhead tenant`."""
