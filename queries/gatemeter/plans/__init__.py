"""Plans: what accounts pay for which meters, as files declare it."""
