"""What numbers allow to be said: bounds, tests and intervals in plain Python, with no library behind them."""
