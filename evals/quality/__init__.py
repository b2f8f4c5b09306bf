"""How good the answers are, measured over HTTP beside how well they are kept apart."""
