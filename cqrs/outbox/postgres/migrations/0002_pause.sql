-- +goose Up
-- Subscriptions that get no deliveries for now.

CREATE TABLE outbox_paused (
    subscription text PRIMARY KEY,
    paused_at    timestamptz NOT NULL DEFAULT now()
);

UPDATE outbox_meta SET version = 2, oldest = 1 WHERE id = 1;
