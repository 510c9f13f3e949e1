-- Purpose: which day it is in a time zone.
-- Parameters: now DateTime('UTC'); time_zone String, a zone that ClickHouse knows.
-- Columns: day, as 2026-02-03.
SELECT formatDateTime({now:DateTime('UTC')}, '%Y-%m-%d', {time_zone:String}) AS day
