-- Purpose: whether a version with some ruleset, or a later one, has counted into the store.
-- Parameters: ruleset UInt32.
-- Columns: the number of epochs that it counted.
SELECT count()
FROM epoch_ledger
WHERE toUInt32OrZero(splitByChar(';', rules)[1]) >= {ruleset:UInt32}
