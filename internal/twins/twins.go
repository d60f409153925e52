// Package twins names the packages below it: both are called order, so only their import
// paths distinguish their types in the text of an error.
package twins

// The prefixes of the full names of types in the two packages.
const (
	InShop    = "github.com/digcqrs/digcqrs/internal/twins/shop/order."
	InKitchen = "github.com/digcqrs/digcqrs/internal/twins/kitchen/order."
)
