"""A live view of usage in a terminal: what is read for each frame, and how it is drawn."""
