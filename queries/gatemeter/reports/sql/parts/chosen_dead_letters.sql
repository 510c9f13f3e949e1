-- Purpose: the CTE `chosen_dead_letters`: the dead letters that stand, without their texts, as a command's filters choose.
-- Parameters: reasons Array(String), topic String, log String, empty for all; timed UInt8, whether from and to
--   DateTime('UTC') count: message times in [from, to), and no dead letters without one.
-- Columns: those of the view dead_letter_list.
chosen_dead_letters AS
(
    SELECT *
    FROM dead_letter_list
    WHERE (empty({reasons:Array(String)}) OR has({reasons:Array(String)}, reason))
        AND (empty({topic:String}) OR topic = {topic:String})
        AND (empty({log:String}) OR log = {log:String})
        AND (
            {timed:UInt8} = 0
            OR (message_time >= {from:DateTime('UTC')} AND message_time < {to:DateTime('UTC')})
        )
)
