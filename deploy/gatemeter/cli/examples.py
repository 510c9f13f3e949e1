"""The examples that end the help of every command."""

_USAGE = "--period 2026-02 --plans plans.toml --mapping billing.toml"

EXAMPLES = {
    "": (
        "gatemeter meter access.log --data demo-data",
        "gatemeter report billable --data demo-data",
    ),
    "up": (
        "gatemeter up --data demo-data",
        "gatemeter up --data demo-data --workers 4 --kafka-port 9092 --event-ledger",
    ),
    "meter": (
        "gatemeter meter access.log --data demo-data",
        "gatemeter meter access.log --data demo-data --event-ledger --json",
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
    "query": (
        "gatemeter query --metrics request_count,latency_request_p99 --by consumer,service --limit 20 --data demo-data",
        "gatemeter query --metrics llm_cost --by provider --granularity day --from 2026-02 --data demo-data",
    ),
    "serve": (
        "gatemeter serve --data demo-data",
        "gatemeter serve --clickhouse http://localhost:8123/gatemeter --host 0.0.0.0 --token-file tokens.jsonl",
    ),
    "top": (
        "gatemeter top --data demo-data",
        "gatemeter top --data demo-data --last 1d --once",
    ),
    "mcp": (
        "gatemeter mcp --data demo-data",
        "gatemeter mcp --clickhouse http://localhost:8123/gatemeter --consumer acme --workspace eu",
    ),
    "report": (
        "gatemeter report billable --data demo-data",
        "gatemeter report llm --data demo-data --period week",
    ),
    "report license": (
        "gatemeter report license --data demo-data --tar --proof",
        "gatemeter report license --check report.tar",
    ),
    "billable": (
        "gatemeter billable import history.csv --data demo-data",
        "gatemeter billable list --data demo-data",
    ),
    "billable import": (
        "gatemeter billable import history.csv --data demo-data",
        "gatemeter billable import usage.csv --for 2026-01 --column requests=total --data demo-data",
    ),
    "billable list": (
        "gatemeter billable list --data demo-data",
        "gatemeter billable list --period day --csv --data demo-data",
    ),
    "billable forget": (
        "gatemeter billable forget kong-plugin-billable --data demo-data",
        "gatemeter billable forget staging --clickhouse http://localhost:8123/gatemeter",
    ),
    "report billable": (
        "gatemeter report billable --data demo-data --period week --tz Europe/Berlin",
        "gatemeter report billable --data demo-data --from 2026-02 --to 2026-03 --csv",
    ),
    "report latency": (
        "gatemeter report latency --data demo-data --by service,route",
        "gatemeter report latency --data demo-data --by consumer --period day --from 2026-02 --to 2026-02-08",
    ),
    "report llm": (
        "gatemeter report llm --data demo-data --by provider,model",
        "gatemeter report llm --data demo-data --by consumer --period month --wide",
    ),
    "report tools": (
        "gatemeter report tools --data demo-data --by tool",
        "gatemeter report tools --data demo-data --by kind,consumer --period week --json",
    ),
    "report meters": (
        "gatemeter report meters --data demo-data",
        "gatemeter report meters --data demo-data --by meter --period day --json",
    ),
    "report unused": (
        "gatemeter report unused --data demo-data",
        "gatemeter report unused --data demo-data --from 2026-02 --to 2026-03 --csv",
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
    "prices": (
        "gatemeter prices list --model gpt-4o",
        "gatemeter prices coverage access.log",
    ),
    "prices list": (
        "gatemeter prices list --model gpt-4o",
        "gatemeter prices list --provider openai --at 2026-02-01 --csv",
    ),
    "prices lint": (
        "gatemeter prices lint",
        "gatemeter prices lint prices.toml contract.toml",
    ),
    "prices coverage": (
        "gatemeter prices coverage access.log",
        "gatemeter prices coverage access.log --prices prices.toml --strict",
    ),
    "prices refresh": (
        "gatemeter prices refresh",
        "gatemeter prices refresh --write published.toml --from 2026-02-01",
    ),
    "reprice": (
        "gatemeter reprice --data demo-data --dry-run",
        "gatemeter reprice --data demo-data --from 2026-02 --to 2026-03",
    ),
    "plans": (
        "gatemeter plans lint plans.toml",
        "gatemeter plans show --plans plans.toml --plan starter",
    ),
    "plans lint": (
        "gatemeter plans lint plans.toml",
        "gatemeter plans lint plans.yaml --strict",
    ),
    "plans show": (
        "gatemeter plans show --plans plans.toml",
        "gatemeter plans show --plans plans.toml --plan starter --csv",
    ),
    "plans diff": (
        "gatemeter plans diff plans.toml plans-2027.toml",
        "gatemeter plans diff plans.toml plans-2027.toml --json",
    ),
    "bill": (
        "gatemeter bill --period 2026-02 --plans plans.toml --data demo-data",
        "gatemeter bill --period 2026-01..2026-06 --plans other.toml --current plans.toml --data demo-data",
    ),
    "close": (
        "gatemeter close --period 2026-02 --plans plans.toml --accept idle --accept unpriced --data demo-data",
        "gatemeter close --period 2026-02 --plans plans.toml --grace 5d --clickhouse http://localhost:8123/gatemeter",
    ),
    "reconcile": (
        "gatemeter reconcile openai-costs.csv --data demo-data",
        "gatemeter reconcile --imported kong-plugin-billable --data demo-data --json",
    ),
    "statement": (
        "gatemeter statement list --data demo-data",
        "gatemeter statement check --data demo-data",
    ),
    "statement list": (
        "gatemeter statement list --data demo-data",
        "gatemeter statement list --json --data demo-data",
    ),
    "statement show": (
        "gatemeter statement show --period 2026-02 --data demo-data",
        "gatemeter statement show --period 2026-02 --export statement-1.json --data demo-data",
    ),
    "statement check": (
        "gatemeter statement check --data demo-data",
        "gatemeter statement check statement-1.json",
    ),
    "budgets": (
        "gatemeter budgets list --budgets budgets.toml",
        "gatemeter budgets check --budgets budgets.toml --data demo-data",
    ),
    "budgets list": (
        "gatemeter budgets list --budgets budgets.toml",
        "gatemeter budgets list --budgets budgets.toml --json",
    ),
    "budgets watch": (
        "gatemeter budgets watch --budgets budgets.toml --data demo-data --once",
        "gatemeter budgets watch --budgets budgets.toml --kafka localhost:9092 --clickhouse http://localhost:8123/gatemeter",
    ),
    "budgets check": (
        "gatemeter budgets check --budgets budgets.toml --data demo-data",
        "gatemeter budgets check --budgets budgets.toml --budget requests --data demo-data --json",
    ),
    "export": (
        "gatemeter export csv --period 2026-02 --plans plans.toml --out february --data demo-data",
        f"gatemeter export stripe {_USAGE} --dry-run --data demo-data",
    ),
    "export csv": (
        "gatemeter export csv --period 2026-02 --plans plans.toml --out february --data demo-data",
        "gatemeter export csv --period 2026-02 --plans plans.toml --account acme --out acme-february --data demo-data",
    ),
    "export jsonl": (
        "gatemeter export jsonl --period 2026-02 --plans plans.toml --out february-jsonl --data demo-data",
        "gatemeter export jsonl --period 2026-02 --plans plans.toml --grain hour --out hours --data demo-data",
    ),
    "export focus": (
        "gatemeter export focus --provider Example --period 2026-02 --plans plans.toml --out focus --data demo-data",
        (
            "gatemeter export focus --provider Example --profile 1.2 --period 2026-02 --plans plans.toml "
            "--out focus-1.2 --data demo-data"
        ),
    ),
    "export parquet": (
        "gatemeter export parquet --period 2026-02 --plans plans.toml --out february-parquet --data demo-data",
        "gatemeter export parquet --period 2026-02 --plans plans.toml --grain hour --out hours-pq --data demo-data",
    ),
    "export stripe": (
        f"gatemeter export stripe {_USAGE} --dry-run --data demo-data",
        f"gatemeter export stripe {_USAGE} --check --key-file stripe.key --data demo-data",
    ),
    "export openmeter": (
        f"gatemeter export openmeter {_USAGE} --dry-run --data demo-data",
        f"gatemeter export openmeter {_USAGE} --key-file kong.token --out https://eu.api.konghq.com --data demo-data",
    ),
    "export lago": (
        f"gatemeter export lago {_USAGE} --dry-run --data demo-data",
        f"gatemeter export lago {_USAGE} --key-file lago.key --data demo-data",
    ),
    "export orb": (
        f"gatemeter export orb {_USAGE} --dry-run --data demo-data",
        f"gatemeter export orb {_USAGE} --grain hour --key-file orb.key --data demo-data",
    ),
    "export metronome": (
        f"gatemeter export metronome {_USAGE} --dry-run --data demo-data",
        f"gatemeter export metronome {_USAGE} --key-file metronome.key --output manifest.json --data demo-data",
    ),
    "generate": (
        "gatemeter generate --out access.log --events 10000",
        "gatemeter generate --out access.log.gz --month 2026-03 --seed 7",
    ),
    "migrate": (
        "gatemeter migrate --data demo-data --status",
        "gatemeter migrate --clickhouse http://localhost:8123/gatemeter --dry-run",
    ),
    "ship-status": (
        "gatemeter ship-status /var/lib/ship.json",
        "gatemeter ship-status /var/lib/ship.json --json",
    ),
    "inventory": (
        "gatemeter inventory poll --admin-url http://localhost:8001 --data demo-data",
        "gatemeter inventory show --data demo-data",
    ),
    "inventory poll": (
        "gatemeter inventory poll --admin-url http://localhost:8001 --kafka localhost:9092 --every 1h",
        "gatemeter inventory poll --konnect-url https://eu.api.konghq.com --token-file konnect.token --data demo-data",
    ),
    "inventory read": (
        "gatemeter inventory read kong.yaml --control-plane production --data demo-data",
        "gatemeter inventory read report.json --kafka localhost:9092",
    ),
    "inventory show": (
        "gatemeter inventory show --data demo-data",
        "gatemeter inventory show --data demo-data --kind plugin --csv",
    ),
    "inventory diff": (
        "gatemeter inventory diff --data demo-data",
        "gatemeter inventory diff 3f2a 9c01 --data demo-data --json",
    ),
    "inventory worker": (
        "gatemeter inventory worker --kafka localhost:9092 --clickhouse http://localhost:8123/gatemeter",
        "gatemeter inventory worker --kafka localhost:9092 --clickhouse http://localhost:8123/gatemeter --once",
    ),
    "inventory replay": (
        "gatemeter inventory replay --kafka localhost:9092 --data demo-data",
        "gatemeter inventory replay --kafka localhost:9092 --clickhouse http://localhost:8123/gatemeter",
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
    "demo": (
        "gatemeter demo --keep",
        "gatemeter demo --data demo-data --events 20000 --month 2026-03",
    ),
}
"""Two lines for each command, by the words behind `gatemeter`; '' for `gatemeter` itself."""


def examples_text(path: str) -> str:
    """The end of the help of `gatemeter PATH`, as click's epilog."""
    # \b keeps click from joining the lines.
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in EXAMPLES[path])])
