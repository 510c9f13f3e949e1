"""How long it takes to rate and close a year of many accounts."""
