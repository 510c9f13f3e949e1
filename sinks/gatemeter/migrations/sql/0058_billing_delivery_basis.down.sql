-- Purpose: takes 0058_billing_delivery_basis back, with what its column holds: a run asks again before it takes anything back.
ALTER TABLE ${database}.billing_deliveries ${on_cluster}
    DROP COLUMN IF EXISTS basis;
