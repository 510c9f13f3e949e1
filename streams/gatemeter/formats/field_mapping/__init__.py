"""Reading JSON events by a table of field paths and units, instead of by code."""
