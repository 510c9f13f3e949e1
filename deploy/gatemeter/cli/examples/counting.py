"""Examples of the commands that count logs, and show and prove what was counted."""

EXAMPLES = {
    "": (
        "gatemeter meter access.log --data demo-data",
        "gatemeter report billable --data demo-data",
    ),
    "meter": (
        "gatemeter meter access.log --data demo-data",
        "gatemeter meter access.log --data demo-data --event-ledger --json",
    ),
    "decode": (
        "gatemeter decode access.log",
        "gatemeter decode access.log --json",
    ),
    "dead-letters": (
        "gatemeter dead-letters list --data demo-data --summary",
        "gatemeter dead-letters replay --data demo-data --dry-run",
    ),
    "dead-letters list": (
        "gatemeter dead-letters list --data demo-data --summary",
        "gatemeter dead-letters list --data demo-data --reason invalid_json --limit 20",
    ),
    "dead-letters show": (
        "gatemeter dead-letters show PLACE --data demo-data",
        "gatemeter dead-letters show PLACE --data demo-data --raw",
    ),
    "dead-letters replay": (
        "gatemeter dead-letters replay --data demo-data --dry-run",
        "gatemeter dead-letters replay --data demo-data --latest 2101-01-01 --json",
    ),
    "settle": (
        "gatemeter settle --data demo-data",
        "gatemeter settle --clickhouse http://gatemeter@localhost:8123/gatemeter --every 10m",
    ),
    "verify": (
        "gatemeter verify --data demo-data",
        "gatemeter verify --data demo-data --deep access.log",
    ),
    "seal": (
        "gatemeter seal add --data demo-data",
        "gatemeter seal export seals.jsonl --data demo-data",
    ),
    "seal add": (
        "gatemeter seal add --data demo-data",
        "gatemeter seal add --data demo-data --costs",
    ),
    "seal export": (
        "gatemeter seal export seals.jsonl --data demo-data",
        "gatemeter seal export february.jsonl --clickhouse http://localhost:8123/gatemeter",
    ),
    "rebuild": (
        "gatemeter rebuild access.log --data rebuilt-data",
        "gatemeter rebuild --kafka localhost:9092 --topic access-log --data rebuilt-topic --resume",
    ),
    "correct": (
        "gatemeter correct --data demo-data --list",
        "gatemeter correct access.log --data demo-data --reason 'shipped twice' --dry-run",
    ),
    "explain": (
        "gatemeter explain --data demo-data --consumer anonymous --period 2026-02",
        "gatemeter explain access.log --data demo-data --event EVENT-ID",
    ),
    "generate": (
        "gatemeter generate --out access.log --events 10000",
        "gatemeter generate --out access.log.gz --month 2026-03 --seed 7",
    ),
    "demo": (
        "gatemeter demo --keep",
        "gatemeter demo --data demo-data --events 20000 --month 2026-03",
    ),
}
