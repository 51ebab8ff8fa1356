package s3

import (
	"errors"
	"strconv"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

// fail makes one of S3's errors; an empty message means the usual one. fields
// are names and values of further elements in turn.
func fail(code, message string, fields ...string) *wire.Error {
	e := api.NewError(code, message)
	for i := 0; i+1 < len(fields); i += 2 {
		e.Fields = append(e.Fields, wire.Field{Name: fields[i], Value: fields[i+1]})
	}
	return e
}

// locked is the answer to removing a version that is under retention or legal
// hold.
func locked(err error) error {
	if errors.Is(err, store.ErrLocked) {
		return api.AccessDenied("Access Denied because object protected by object lock.")
	}
	return err
}

func invalidArgument(message, name, value string) *wire.Error {
	return api.InvalidArgument(name, value, message)
}

func entityTooLarge(proposed, limit int64) *wire.Error {
	return fail("EntityTooLarge", "",
		"ProposedSize", strconv.FormatInt(proposed, 10), "MaxSizeAllowed", strconv.FormatInt(limit, 10))
}

func badDigest(message string, fields ...string) *wire.Error {
	return fail("BadDigest", message, fields...)
}
