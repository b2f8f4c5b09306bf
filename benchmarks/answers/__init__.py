"""Whether answers are right, where that can be told without a judge."""
