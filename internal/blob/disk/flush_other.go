//go:build !linux

package disk

// Flush does nothing where there is no such call: Sync writes all at once.
func (osFile) Flush(int64, int64) error { return nil }

// Drain does nothing.
func (osFile) Drain(int64, int64) error { return nil }
