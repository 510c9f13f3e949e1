-- Purpose: takes 0025_correction_hash back.
ALTER TABLE ${database}.corrections ${on_cluster} DROP COLUMN IF EXISTS row_hash;
