"""Where the settings of `KafkaSecurity` come from.

From the environment (`GATEMETER_KAFKA_` and the name in capitals), else from the table `[kafka-security]` of the
settings file, which the command line hands to `configure`. No flag takes them: every user of a machine can read command
lines.

Every command imports this module, and few connect to Kafka, so the model is imported when it is needed.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gatemeter.errors import SettingsError
from gatemeter.kafka.security_names import TABLE, VARIABLE_PREFIX, key_of, variable_of

if TYPE_CHECKING:
    from gatemeter.kafka.security import KafkaSecurity

_configured: dict[str, str] = {}


def configure(table: Mapping[str, str]) -> None:
    """Let `table`, that of a settings file, hold in this process, in place of the one before.

    The values are checked when a connection is made, because not every command makes one.
    """
    _configured.clear()
    _configured.update({key.replace("-", "_"): value for key, value in table.items()})


def security_for(kafka: str) -> "KafkaSecurity":
    """What holds for the brokers `kafka`: the login of an embedded broker at that address, else the settings.

    Raises SettingsError for settings that do not exist, or do not fit together.
    """
    from gatemeter.kafka.login import MECHANISM, PROTOCOL, login_for
    from gatemeter.kafka.security import KafkaSecurity

    login = login_for(kafka)
    if login is not None:
        own = {"protocol": PROTOCOL, "mechanism": MECHANISM, "username": login.user, "password": login.password}
        return _checked(own)
    return _checked(_merged(KafkaSecurity.model_fields))


def _merged(names: Mapping[str, Any]) -> dict[str, str]:
    """The settings of the environment on top of those of the file. A secret takes the place of its file, and back."""
    own = {name: value for name in names if (value := os.environ.get(variable_of(name)))}
    replaced = {name.removesuffix("_file") if name.endswith("_file") else f"{name}_file" for name in own}
    return {name: value for name, value in _configured.items() if name not in replaced} | own


def _checked(values: dict[str, str]) -> "KafkaSecurity":
    from pydantic import ValidationError

    from gatemeter.kafka.security import KafkaSecurity

    try:
        return KafkaSecurity.model_validate(values)
    except ValidationError as error:
        wrong = [_sentence(item["loc"], item["msg"]) for item in error.errors(include_input=False, include_url=False)]
    raise SettingsError(
        "; ".join(wrong), where="login to Kafka", do=f"correct [{TABLE}] in the settings file, or {VARIABLE_PREFIX}*"
    )


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"{key_of(str(place[0]))}: {text[:1].lower()}{text[1:]}" if place else text
