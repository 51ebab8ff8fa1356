package s3

import (
	"strconv"

	api "github.com/sallyport/sallyport/internal/api/s3"
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
