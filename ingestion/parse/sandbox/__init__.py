"""The walls around one document's process, each usable alone so that each can be tested alone."""
