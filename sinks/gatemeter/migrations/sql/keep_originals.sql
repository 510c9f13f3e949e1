-- Purpose: how long the encrypted originals of dead letters are kept after they were stored.
-- Parameters: days UInt16.
-- Setting what is set already changes nothing; a shorter time applies to the originals that are stored, too.
ALTER TABLE ${database}.dead_letters ${on_cluster}
    MODIFY COLUMN original String CODEC(NONE) TTL stored_at + toIntervalDay({days:UInt16});
