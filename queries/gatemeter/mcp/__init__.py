"""Tools by which an agent asks about usage, over the Model Context Protocol; they only read."""
