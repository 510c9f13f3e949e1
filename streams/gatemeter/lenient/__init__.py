"""Reading JSON whose types nobody vouches for."""
