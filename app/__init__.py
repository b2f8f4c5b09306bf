"""The processes: the HTTP service, the worker and the command line."""
