-- Purpose: how long the rows of requests per minute are kept, by the events' own times.
-- Parameters: days UInt16.
-- Setting what is set already changes nothing; a shorter time applies to the rows that are stored, too.
ALTER TABLE ${database}.api_usage_minutely ${on_cluster} MODIFY TTL minute + toIntervalDay({days:UInt16});
