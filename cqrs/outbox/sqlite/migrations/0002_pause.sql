-- +goose Up
-- Subscriptions that get no deliveries for now.

CREATE TABLE outbox_paused (
    subscription TEXT PRIMARY KEY,
    paused_at    INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000000) AS INTEGER))
) STRICT;

UPDATE outbox_meta SET version = 2, oldest = 1 WHERE id = 1;
