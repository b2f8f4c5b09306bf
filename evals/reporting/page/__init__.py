"""The report as one HTML page that needs nothing else: no script, no request, no font but the reader's own.

Its rules:
1. the tree is written by the standard library's serialiser, which escapes; nothing is pasted into it as text;
2. a policy in the page forbids every script and request, so that even a text that got through would do nothing;
3. no meaning by colour alone: every verdict is a word with a sign, every plot has its numbers in a table.
"""
