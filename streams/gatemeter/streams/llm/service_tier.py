"""The service tier a call was served in, as far as a price can depend on it."""

_ORDINARY = frozenset({"", "default", "standard", "auto"})


def priced_tier(logged: str) -> str:
    """Lower case; '' for the ordinary tier, whatever the provider calls it."""
    tier = logged.strip().lower()
    return "" if tier in _ORDINARY else tier
