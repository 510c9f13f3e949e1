"""Examples of the commands about prices, bills, budgets and exports."""

_USAGE = "--period 2026-02 --plans plans.toml --mapping billing.toml"

EXAMPLES = {
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
}
