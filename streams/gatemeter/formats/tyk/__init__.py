"""Analytics records of the Tyk gateway."""
