"""Measures of speed and quality, as ratios against baselines of the same run."""
