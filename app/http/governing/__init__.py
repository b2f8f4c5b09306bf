"""Routes through which a tenant decides how its answers are phrased and who writes them."""
