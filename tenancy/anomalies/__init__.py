"""What is unusual about what a tenant does: baselines by the hour of its own week, and what stands out from them."""
