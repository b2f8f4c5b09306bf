"""The operator plane, on the second address."""
