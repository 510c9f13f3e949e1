-- Purpose: where the messages of a log stand that could not be taken into the inventory, and still are not.
-- Parameters: log String.
-- Columns: partition, offset.
SELECT partition, offset
FROM inventory_dead_letters FINAL
WHERE log = {log:String} AND is_deleted = 0
ORDER BY partition, offset
