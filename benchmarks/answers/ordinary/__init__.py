"""Two invented organisations with a dozen documents each, and the questions that ordinary people ask of them."""
