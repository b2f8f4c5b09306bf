"""Words, by language, by which two sentences are found to say the same or not; `tables` reads the files beside it."""
