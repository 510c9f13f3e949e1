"""How many requests a gateway counted itself, beside what was counted of its events."""
