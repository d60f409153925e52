package outbox

import "context"

// deliveryKey is the key of a delivery in a context.
type deliveryKey struct{}

// DeliveryID returns the identifier of the delivery that ctx belongs to. It is the same for all
// attempts, so it can serve as an idempotency key for effects outside of the database. ok is false
// outside of a durable delivery, and in a batch of several.
func DeliveryID(ctx context.Context) (id string, ok bool) {
	d, ok := ctx.Value(deliveryKey{}).(Delivery)
	if !ok {
		return "", false
	}
	return d.ID(), true
}

// Attempt returns the number of the attempt to make the delivery that ctx belongs to: 1 for the
// first. It returns 0 outside of a durable delivery, and in a batch of several.
func Attempt(ctx context.Context) int {
	d, _ := ctx.Value(deliveryKey{}).(Delivery)
	return d.Attempt
}
