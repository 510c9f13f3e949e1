"""How a provider is named in usage."""

UNSPECIFIED = "UNSPECIFIED"
"""What Kong logs for a plugin that names no provider or model."""


def provider_name(logged: str) -> str:
    """Lower case, but for `UNSPECIFIED`, which stays what it is."""
    name = logged.lower()
    return UNSPECIFIED if name == UNSPECIFIED.lower() else name
