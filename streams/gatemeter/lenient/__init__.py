"""Reading JSON that may hold values of any type where others are expected."""
