"""What the fields of `KafkaSecurity` are called in the settings file and in the environment."""

TABLE = "kafka-security"
"""The table of the settings file."""
VARIABLE_PREFIX = "GATEMETER_KAFKA_"


def key_of(name: str) -> str:
    """The key of the field `name` in the settings file."""
    return name.replace("_", "-")


def variable_of(name: str) -> str:
    """The environment variable of the field `name`."""
    return f"{VARIABLE_PREFIX}{name.upper()}"
