package memory_test

import (
	"testing"

	"github.com/sallyport/sallyport/internal/blob"
	"github.com/sallyport/sallyport/internal/blob/blobtest"
	"github.com/sallyport/sallyport/internal/blob/memory"
)

func TestConformance(t *testing.T) {
	blobtest.Test(t, func(testing.TB) blob.Store { return memory.New() })
}
