"""The schema of the database, applied as numbered SQL files."""
