package caller

import "context"

// once is what a request has worked out for its check and its handler alike.
type once struct {
	value any
	err   error
}

// Once is what make answers, which is asked once in a request for a key. A proof
// that the request brings is read before the permission is asked and again when
// it is used: both must see the same. It is for one goroutine at a time.
func Once[T any](ctx context.Context, key any, make func() (T, error)) (T, error) {
	i := From(ctx)
	if i == anonymous { // which all share that have none of their own
		return make()
	}
	if had, ok := i.worked[key]; ok {
		v, _ := had.value.(T)
		return v, had.err
	}
	v, err := make()
	if i.worked == nil {
		i.worked = map[any]once{}
	}
	i.worked[key] = once{v, err}
	return v, err
}
