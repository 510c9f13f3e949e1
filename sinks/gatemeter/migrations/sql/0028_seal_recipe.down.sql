-- Purpose: takes 0028_seal_recipe back.
ALTER TABLE ${database}.seals ${on_cluster} DROP COLUMN IF EXISTS recipe;
