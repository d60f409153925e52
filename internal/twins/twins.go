// Package twins names the packages below it: both are called order, so only their import
// paths tell their types apart in the text of an error.
package twins

// What the full names of types in the two packages begin with.
const (
	InShop    = "github.com/digcqrs/digcqrs/internal/twins/shop/order."
	InKitchen = "github.com/digcqrs/digcqrs/internal/twins/kitchen/order."
)
