"""The stored schema: numbered, immutable SQL files (`sql/`) and the runner that applies them."""
