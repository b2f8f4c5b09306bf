"""From a question to an answer: search, fuse, quote, prompt, cite, guard."""
