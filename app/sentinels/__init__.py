"""The deployment's own tenants at work: they probe the walls on a schedule, and ring the alarm in a drill."""
