"""What an attempt, a control, a leak and a run are, and what they prove.

Pure: nothing here reaches a network, a file or a clock.
"""
