"""What caches keep: answers kept by the service, by caches on the way, under keys, by browsers."""
