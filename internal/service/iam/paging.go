package iam

import (
	"encoding/base64"
	"fmt"
	"sort"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// defaultItems is how many items a page has when MaxItems is not given.
const defaultItems = 100

// pageOf reads the paging members of a request. The marker is opaque to
// clients; it holds the place after which the page begins.
func pageOf(marker *string, maxItems *int32) (directory.Page, error) {
	p := directory.Page{Limit: int(or(maxItems, defaultItems))}
	if marker == nil {
		return p, nil
	}
	place, err := base64.RawURLEncoding.DecodeString(*marker)
	if err != nil || len(place) == 0 {
		return p, api.ValidationError("Invalid Marker.")
	}
	p.After = string(place)
	return p, nil
}

// pageBelow is pageOf with a path prefix.
func pageBelow(prefix, marker *string, maxItems *int32) (directory.Page, error) {
	p, err := pageOf(marker, maxItems)
	p.PathPrefix = value(prefix)
	return p, err
}

// truncated makes the members that close a page: IsTruncated and Marker.
func truncated(next string) (*bool, *string) {
	if next == "" {
		return new(false), nil
	}
	return new(true), new(base64.RawURLEncoding.EncodeToString([]byte(next)))
}

// row is an item of a list whose markers count.
type row[T any] struct {
	place string
	item  T
}

// numbered gives the items of a short list places to cut pages by.
func numbered[T any](all []T) []row[T] {
	out := make([]row[T], len(all))
	for i, item := range all {
		out[i] = row[T]{fmt.Sprintf("%06d", i), item}
	}
	return out
}

// window cuts a page out of a whole list that is sorted by key. Keys must be
// unique.
func window[T any](all []T, key func(T) string, p directory.Page) directory.Listing[T] {
	if p.After != "" {
		all = all[sort.Search(len(all), func(i int) bool { return key(all[i]) > p.After }):]
	}
	if p.Limit < 1 || len(all) <= p.Limit {
		return directory.Listing[T]{Items: all}
	}
	return directory.Listing[T]{Items: all[:p.Limit], Next: key(all[p.Limit-1])}
}
