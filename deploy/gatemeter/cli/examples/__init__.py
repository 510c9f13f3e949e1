"""The examples that end the help of every command."""
