-- Purpose: all that was imported of a source, as it is stored.
-- Parameters: source String; period_kind String, '' for all kinds.
-- Columns: those of imported_usage.
SELECT *
FROM imported_usage FINAL
WHERE source = {source:String} AND {period_kind:String} IN ('', period_kind)
