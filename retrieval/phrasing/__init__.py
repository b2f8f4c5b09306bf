"""How a tenant's answers are phrased: its profiles as they are changed, taken over and looked at."""
