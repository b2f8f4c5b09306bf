"""The demonstration: the main job on the example documents, through a real service, over HTTP only."""
