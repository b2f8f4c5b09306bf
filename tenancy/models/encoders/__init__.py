"""The encoders that run here: from an installed package's weights or an operator's folder to unit vectors."""
