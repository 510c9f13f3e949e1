-- Purpose: deletes a statement that another run wrote one beside, at the same time.
-- Parameters: number UInt32, sha256 String.
DELETE FROM billing_statements
WHERE number = {number:UInt32} AND sha256 = {sha256:String}
