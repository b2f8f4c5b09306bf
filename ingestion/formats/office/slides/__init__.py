"""Reading presentations slide by slide."""
