// Package outbox delivers the events of durable subscriptions, and commands that are scheduled.
package outbox
