package blob

import "fmt"

// Within is for engines: it resolves a range as Store.Open takes it against the
// size of the blob and returns the length in bytes, or ErrRange.
func Within(size, offset, length int64) (int64, error) {
	if offset < 0 || offset > size || length < -1 || length > size-offset {
		return 0, fmt.Errorf("%w: %d bytes from %d of %d", ErrRange, length, offset, size)
	}
	if length == -1 {
		return size - offset, nil
	}
	return length, nil
}
