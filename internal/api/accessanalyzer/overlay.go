package accessanalyzer

import (
	"strings"
	"sync"

	"github.com/sallyport/sallyport/internal/wire"
)

// API is the service with its operation rows. What it returns is shared and
// never changes.
var API = sync.OnceValue(func() *wire.Service { return wire.NewService(model(), operations(), overlay) })

// overlay gives every operation the action of its own name. The V2 findings
// share the actions of the first API.
func overlay(s *wire.Service) {
	for _, op := range s.Operations {
		s.Allow(op.Name, wire.Access{
			Action:   "access-analyzer:" + strings.TrimSuffix(op.Name, "V2"),
			Resource: resource(s, op), Keys: keys(s, op),
		})
	}
}

func resource(s *wire.Service, op *wire.Operation) string {
	in := s.Shape(op.Input)
	switch {
	case in.Member("ruleName") != nil:
		return "archive-rule"
	case in.Member("analyzerName") != nil, in.Member("analyzerArn") != nil:
		return "analyzer"
	case strings.HasSuffix(op.Name, "Resource") && in.Member("resourceArn") != nil:
		return "resource"
	}
	return "*"
}

func keys(s *wire.Service, op *wire.Operation) (keys []wire.Key) {
	for _, m := range s.Shape(op.Input).Members {
		switch m.Name {
		case "tags":
			keys = append(keys,
				wire.Key{Name: "aws:RequestTag", Member: "Tags", Form: wire.TagPairs},
				wire.Key{Name: "aws:TagKeys", Member: "Tags", Form: wire.MapNames})
		case "tagKeys":
			keys = append(keys, wire.Key{Name: "aws:TagKeys", Member: "TagKeys"})
		}
	}
	return keys
}
