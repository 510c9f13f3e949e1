"""Examples of the commands that answer questions about usage, and about what gateways have configured."""

EXAMPLES = {
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
}
