-- +goose Up
-- The outbox: what was recorded, and what of it is to be delivered to whom. It needs PostgreSQL 13.

CREATE TABLE outbox_events (
    id          uuid PRIMARY KEY, -- of version 7
    name        text NOT NULL,
    payload     bytea NOT NULL,
    headers     text, -- a JSON object
    key         text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);

-- Healthy deliveries have few indexes. None has leased_until or token, and pages have room: a lease updates the row in its page (HOT) and
-- touches no index. Rows come and go, so that the table is vacuumed early.
CREATE TABLE outbox_deliveries (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record_id    uuid NOT NULL,
    subscription text NOT NULL,
    ordering_key text, -- only in ordered subscriptions
    claimable    boolean NOT NULL, -- of an ordering key, only the first living delivery
    due          timestamptz NOT NULL,
    attempts     integer NOT NULL DEFAULT 0, -- that have failed
    leased_until timestamptz,
    token        uuid, -- of the lease
    dead_at      timestamptz,
    last_error   text
) WITH (
    fillfactor = 70,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_threshold = 2000,
    autovacuum_analyze_scale_factor = 0.1
);

CREATE INDEX outbox_deliveries_claim ON outbox_deliveries (subscription, due, seq) WHERE claimable;

-- Whatever a transaction can see: a key has one head.
CREATE UNIQUE INDEX outbox_deliveries_head ON outbox_deliveries (subscription, ordering_key)
    WHERE claimable AND ordering_key IS NOT NULL;

CREATE INDEX outbox_deliveries_key ON outbox_deliveries (subscription, ordering_key, seq)
    WHERE ordering_key IS NOT NULL AND dead_at IS NULL;

CREATE INDEX outbox_deliveries_dead ON outbox_deliveries (dead_at) WHERE dead_at IS NOT NULL;

CREATE INDEX outbox_deliveries_dead_record ON outbox_deliveries (record_id, subscription) WHERE dead_at IS NOT NULL;

CREATE INDEX outbox_deliveries_command ON outbox_deliveries (record_id) WHERE subscription LIKE 'command:%';

CREATE TABLE outbox_meta (
    id       integer PRIMARY KEY CHECK (id = 1),
    version  integer NOT NULL, -- of these tables
    oldest   integer NOT NULL, -- the oldest version for which a program can be made that uses them
    identity text NOT NULL -- of the database
);

INSERT INTO outbox_meta (id, version, oldest, identity) VALUES (1, 1, 1, gen_random_uuid()::text);
