"""Examples of the commands that bring events from gateways to Kafka, and from there to ClickHouse."""

EXAMPLES = {
    "up": (
        "gatemeter up --data demo-data",
        "gatemeter up --data demo-data --workers 4 --kafka-port 9092 --event-ledger",
    ),
    "ship": (
        "gatemeter ship access.log --kafka localhost:9092 --topic access-log --gateway eu-1",
        "gatemeter ship --follow '/var/log/kong/*.log' --checkpoint /var/lib/ship.json --kafka localhost:9092",
    ),
    "relay": (
        "gatemeter relay --from kong-logs --to gatemeter.access-log --kafka localhost:9092",
        "gatemeter relay --from kong-logs --to gatemeter.access-log --kafka localhost:9092 --once",
    ),
    "collect": (
        "gatemeter collect --kafka localhost:9092",
        "gatemeter collect --kafka localhost:9092 --host 0.0.0.0 --port 8686 --token-file tokens.jsonl",
    ),
    "tokens": (
        "gatemeter tokens create --role ingest --name edge-1",
        "gatemeter tokens list",
    ),
    "tokens create": (
        "gatemeter tokens create --role ingest --name edge-1 --source eu-1 --token-file tokens.jsonl",
        "gatemeter tokens create --role read --consumer acme",
    ),
    "tokens list": (
        "gatemeter tokens list",
        "gatemeter tokens list --json",
    ),
    "tokens revoke": (
        "gatemeter tokens revoke edge-1",
        "gatemeter tokens revoke edge-1 --token-file tokens.jsonl",
    ),
    "worker": (
        "gatemeter worker --kafka localhost:9092 --clickhouse http://localhost:8123/gatemeter",
        "gatemeter worker --kafka localhost:9092 --clickhouse http://localhost:8123/gatemeter --health-port 8080",
    ),
    "migrate": (
        "gatemeter migrate --data demo-data --status",
        "gatemeter migrate --clickhouse http://localhost:8123/gatemeter --dry-run",
    ),
    "ship-status": (
        "gatemeter ship-status /var/lib/ship.json",
        "gatemeter ship-status /var/lib/ship.json --json",
    ),
    "topics": (
        "gatemeter topics apply --kafka localhost:9092",
        "gatemeter topics list --kafka localhost:9092",
    ),
    "topics apply": (
        "gatemeter topics apply --kafka localhost:9092 --partitions 12",
        "gatemeter topics apply --kafka localhost:9092 --topic access-log --retention-days 30",
    ),
    "topics list": (
        "gatemeter topics list --kafka localhost:9092",
        "gatemeter topics list --kafka localhost:9092 --json",
    ),
}
