package cloudtrail

import (
	"strings"
	"sync"

	"github.com/sallyport/sallyport/internal/wire"
)

// API is the service with its operation rows. What it returns is shared and
// never changes.
var API = sync.OnceValue(func() *wire.Service { return wire.NewService(model(), operations(), overlay) })

// overlay gives every operation the action of its own name.
func overlay(s *wire.Service) {
	for _, op := range s.Operations {
		s.Allow(op.Name, wire.Access{Action: "cloudtrail:" + op.Name, Resource: resource(op.Name), Keys: keys(s, op)})
	}
}

func resource(operation string) string {
	switch operation {
	case "CreateTrail", "DeleteTrail", "GetEventSelectors", "GetInsightSelectors", "GetTrail", "GetTrailStatus",
		"PutEventSelectors", "PutInsightSelectors", "StartLogging", "StopLogging", "UpdateTrail", "GetEventConfiguration",
		"PutEventConfiguration":
		return "trail"
	case "AddTags", "RemoveTags", "ListTags", "GetResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy":
		return "resource"
	case "CancelQuery", "DescribeQuery", "GetQueryResults", "ListQueries", "StartQuery", "EnableFederation",
		"DisableFederation":
		return "event-data-store"
	}
	switch {
	case strings.HasPrefix(operation, "List"):
		return "*"
	case strings.Contains(operation, "EventDataStore"):
		return "event-data-store"
	case strings.HasSuffix(operation, "Channel"):
		return "channel"
	case strings.Contains(operation, "Dashboard"):
		return "dashboard"
	}
	return "*"
}

func keys(s *wire.Service, op *wire.Operation) (keys []wire.Key) {
	for _, m := range s.Shape(op.Input).Members {
		switch m.Name {
		case "TagsList", "Tags":
			keys = append(keys,
				wire.Key{Name: "aws:RequestTag", Member: m.Name, Form: wire.TagPairs},
				wire.Key{Name: "aws:TagKeys", Member: m.Name, Form: wire.TagNames})
		}
	}
	return keys
}
