"""How results are written: JSON, CSV, or a table for people."""
