"""Families about what tenants share without sharing data: caches, statistics, time, connections, queues, capacity."""
