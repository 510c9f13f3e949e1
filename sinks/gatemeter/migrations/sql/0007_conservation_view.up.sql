-- Purpose: `conservation`, one row per log: where every consumed event went, and whether the sum `holds`.
CREATE VIEW IF NOT EXISTS ${database}.conservation ${on_cluster} AS
SELECT
    topic,
    log,
    any(ledger.log_kind) AS log_kind,
    count() AS epochs,
    sum(ledger.consumed) AS consumed,
    sum(ledger.counted) AS counted,
    sum(ledger.duplicates) AS duplicates,
    sum(ledger.dead_letters) AS dead_letters,
    sum(ledger.other_kind) AS other_kind,
    -- Epoch by epoch: errors that cancel each other out are errors all the same.
    toBool(min(
        ledger.consumed = ledger.counted + ledger.duplicates + ledger.dead_letters + ledger.other_kind
    )) AS holds
FROM ${database}.epoch_ledger AS ledger FINAL
GROUP BY topic, log;
