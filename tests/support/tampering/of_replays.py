"""Changes to what counts replayed dead letters."""

from tests.support.tampering.change import API, LEDGER, LETTERS, OF_REPLAY, Tampering, delete, move, update

OF_REPLAYS = (
    Tampering(API, "replays moved to another consumer", move(API, "'friend' AS consumer_id", OF_REPLAY)),
    Tampering(API, "replays moved by an hour", move(API, "hour + INTERVAL 1 HOUR AS hour", OF_REPLAY)),
    Tampering(API, "bytes of replays changed", update(API, "request_bytes = 9999999", OF_REPLAY)),
    Tampering(API, "replays deleted", delete(API, OF_REPLAY)),
    Tampering(LEDGER, "replays deleted", delete(LEDGER, "log_kind = 'replay'")),
    Tampering(LETTERS, "a replayed one said to stand", delete(LETTERS, "is_deleted = 1 AND epoch_first_offset = -1")),
)
