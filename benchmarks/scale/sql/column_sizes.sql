-- Purpose: what each column of a table weighs, the heaviest first. Parameters: table String.
SELECT
    name,
    compression_codec AS codec,
    data_compressed_bytes AS compressed_bytes,
    data_uncompressed_bytes AS uncompressed_bytes
FROM system.columns
WHERE database = currentDatabase() AND table = {table:String}
ORDER BY compressed_bytes DESC
