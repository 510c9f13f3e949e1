-- Purpose: the condition that a row of usage can belong to an epoch that is checked. All can where no span is asked for;
--   those of no epoch are left out by the JOIN with `checked_epochs` that a query with this part has.
-- Columns: none; it is the condition of a WHERE.
true
