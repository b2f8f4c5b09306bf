"""What a run can start for itself: a service to attack, a model that keeps its prompts, a sink that keeps fetches."""
