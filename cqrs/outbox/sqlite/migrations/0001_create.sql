-- +goose Up
-- The outbox: what was recorded, and what of it is to be delivered to whom.
-- All times are in microseconds since 1970. It needs SQLite 3.42.

CREATE TABLE outbox_events (
    id          TEXT PRIMARY KEY, -- a UUID of version 7
    name        TEXT NOT NULL,
    payload     BLOB NOT NULL,
    headers     TEXT, -- a JSON object
    key         TEXT NOT NULL,
    recorded_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000000) AS INTEGER))
) STRICT, WITHOUT ROWID;

-- Each page that a delivery touches is written at its commit. So only the claim has an index of all deliveries.
CREATE TABLE outbox_deliveries (
    seq          INTEGER PRIMARY KEY, -- higher than that of any other delivery
    record_id    TEXT NOT NULL,
    subscription TEXT NOT NULL,
    ordering_key TEXT, -- only in ordered subscriptions
    claimable    INTEGER NOT NULL, -- of an ordering key, only the first living delivery
    due          INTEGER NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0, -- that have failed
    leased_until INTEGER,
    token        TEXT, -- of the lease
    dead_at      INTEGER,
    last_error   TEXT
) STRICT;

CREATE INDEX outbox_deliveries_claim ON outbox_deliveries (subscription, due, seq) WHERE claimable = 1;

CREATE INDEX outbox_deliveries_key ON outbox_deliveries (subscription, ordering_key, seq)
    WHERE ordering_key IS NOT NULL AND dead_at IS NULL;

CREATE INDEX outbox_deliveries_dead ON outbox_deliveries (dead_at) WHERE dead_at IS NOT NULL;

CREATE INDEX outbox_deliveries_dead_record ON outbox_deliveries (record_id, subscription) WHERE dead_at IS NOT NULL;

CREATE INDEX outbox_deliveries_command ON outbox_deliveries (record_id) WHERE subscription LIKE 'command:%';

CREATE TABLE outbox_meta (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    version  INTEGER NOT NULL, -- of these tables
    oldest   INTEGER NOT NULL, -- the oldest version for which a program can be made that uses them
    identity TEXT NOT NULL -- of the database
) STRICT;

INSERT INTO outbox_meta (id, version, oldest, identity) VALUES (1, 1, 1, lower(hex(randomblob(16))));
