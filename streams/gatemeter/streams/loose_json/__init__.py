"""Reading JSON that nobody vouches for: whatever stands in a field, reading it never raises."""
