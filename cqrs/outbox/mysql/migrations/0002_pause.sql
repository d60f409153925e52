-- +goose Up
-- Subscriptions that get no deliveries for now.

CREATE TABLE IF NOT EXISTS outbox_paused (
    subscription VARBINARY(255) NOT NULL PRIMARY KEY,
    paused_at    DATETIME(6) NOT NULL
) ENGINE = InnoDB;

UPDATE outbox_meta SET version = 2, oldest = 1 WHERE id = 1;
