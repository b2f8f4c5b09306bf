"""Whether what a model wrote is proved by what was retrieved: claims, what they state, and the citations they keep."""
