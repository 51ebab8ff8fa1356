package s3control

import (
	"sync"

	"github.com/sallyport/sallyport/internal/wire"
)

// API is the service with its operation rows. What it returns is shared and
// never changes.
var API = sync.OnceValue(func() *wire.Service { return wire.NewService(model(), operations(), overlay) })

func overlay(s *wire.Service) {}
