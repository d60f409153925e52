-- +goose Up
-- The outbox: what was recorded, and what of it is to be delivered to whom. It needs MariaDB 10.6 or
-- MySQL 8.0. All times are in UTC. Names and keys are compared byte by byte, so that they are binary.
-- A statement commits by itself, so that each can be repeated.

CREATE TABLE IF NOT EXISTS outbox_events (
    id          BINARY(16) NOT NULL PRIMARY KEY, -- a UUID of version 7
    name        VARBINARY(255) NOT NULL,
    payload     LONGBLOB NOT NULL,
    headers     MEDIUMBLOB, -- a JSON object
    `key`       MEDIUMBLOB NOT NULL,
    recorded_at DATETIME(6) NOT NULL
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS outbox_deliveries (
    seq          BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    record_id    BINARY(16) NOT NULL,
    subscription VARBINARY(255) NOT NULL,
    ordering_key VARBINARY(255), -- only in ordered subscriptions
    claimable    BOOLEAN NOT NULL, -- of an ordering key, only the first living delivery
    due          DATETIME(6) NOT NULL,
    attempts     INT NOT NULL DEFAULT 0, -- that have failed
    leased_until DATETIME(6),
    token        BINARY(16), -- of the lease
    dead_at      DATETIME(6),
    last_error   MEDIUMBLOB,
    UNIQUE INDEX outbox_deliveries_record (record_id, subscription),
    INDEX outbox_deliveries_claim (subscription, claimable, due, seq),
    INDEX outbox_deliveries_key (subscription, ordering_key, seq)
) ENGINE = InnoDB;

-- Rows that transactions lock to change the deliveries of a key, by a hash of it.
CREATE TABLE IF NOT EXISTS outbox_locks (
    slot SMALLINT NOT NULL PRIMARY KEY
) ENGINE = InnoDB;

INSERT IGNORE INTO outbox_locks (slot)
WITH RECURSIVE digits AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM digits WHERE n < 31)
SELECT high.n * 32 + low.n FROM digits AS high CROSS JOIN digits AS low;

CREATE TABLE IF NOT EXISTS outbox_meta (
    id       INT NOT NULL PRIMARY KEY,
    version  INT NOT NULL, -- of these tables
    oldest   INT NOT NULL, -- the oldest version for which a program can be made that uses them
    identity VARCHAR(36) CHARACTER SET ascii NOT NULL -- of the database
) ENGINE = InnoDB;

INSERT IGNORE INTO outbox_meta (id, version, oldest, identity) VALUES (1, 1, 1, UUID());
