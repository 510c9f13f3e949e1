"""Which services have a log plugin, by the newest inventory of the gateway (`gatemeter inventory`)."""

from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch

_LOG_PLUGINS = (
    *("file-log", "http-log", "kafka-log", "loggly", "metering-and-billing", "opentelemetry", "syslog", "tcp-log"),
    "udp-log",
)


@dataclass(frozen=True, slots=True)
class LogPlugins:
    """What an inventory tells; `told_at` is when it was taken, '' where there is none.

    `services` and `services_in_part` hold ids and names of those on which a log plugin is, or is for some requests.
    """

    told_at: str = ""
    is_complete: bool = False
    is_global: bool = False
    services: frozenset[str] = frozenset()
    services_in_part: frozenset[str] = frozenset()

    def are_on(self, service: str) -> bool | None:
        """Whether all requests to a service, by id or name, are logged; None where it is not known, or only some."""
        if not self.told_at:
            return None
        if self.is_global or service in self.services:
            return True
        return False if self.is_complete and service not in self.services_in_part else None


NO_INVENTORY = LogPlugins()


def fetch_log_plugins(client: Client) -> LogPlugins:
    """The newest inventory of each control plane, as far as it lists plugins. Raises as `fetch` does."""
    [row] = fetch(client, "losses/log_plugins", {"plugins": list(_LOG_PLUGINS)})
    return LogPlugins(
        row["told_at"],
        is_complete=bool(row["is_complete"]),
        is_global=bool(row["is_global"]),
        services=frozenset(row["services"]) - {""},
        services_in_part=frozenset(row["services_in_part"]) - {""},
    )
