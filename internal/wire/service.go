package wire

import (
	"context"
	"slices"
	"strings"
)

// Protocol is the way a service writes requests and answers.
type Protocol uint8

// AWS's protocols.
const (
	RESTXML Protocol = iota + 1
	RESTJSON
	JSON
	Query
	EC2
)

// Service is one AWS API.
type Service struct {
	Package        string // Go package below internal/api
	ID             string // serviceId, such as "S3 Control"
	FullName       string
	SigningName    string // service name of the credential scope
	EndpointPrefix string
	APIVersion     string
	XMLNamespace   string
	TargetPrefix   string // json: X-Amz-Target before the dot
	JSONVersion    string
	Protocol       Protocol

	Operations []*Operation // sorted by name
	Shapes     []Shape      // sorted by name
	Errors     []ErrorShape // sorted by name

	plans  plans
	router router
}

// Operation is everything that is known of one operation before it runs.
type Operation struct {
	Service *Service
	Name    string
	Method  string
	URI     string // with the model's labels and query literals
	Status  int    // of a success

	Input, Output string // names in Service.Shapes
	HasOutput     bool   // the model has an output, even an empty one
	ResultWrapper string // query
	InputRoot     string // XML root of an input that is its own body
	InputXMLNS    string
	OutputRoot    string // XML root of the answer, where the model lacks it
	HostPrefix    string

	NewInput  func() any
	NewOutput func() any
	// Call runs the operation on a service for which Implemented is true;
	// on any other it answers a NotImplemented error.
	Call func(ctx context.Context, service, in any) (out any, err error)
	// Implemented tells whether service has the operation's method.
	Implemented func(service any) bool

	Errors []string // names in Service.Errors

	Unsigned        bool // needs no signature (authtype none)
	UnsignedPayload bool // the body is never part of the signature
	StreamingInput  bool
	StreamingOutput bool
	Deprecated      bool
	Checksum        Checksum

	// What the models lack, from the overlay.
	Access    []Access
	Event     EventClass
	MaxBody   int64 // bytes of a body that is not a stream; 0 for DefaultMaxBody
	Unwrapped bool  // the root element of the answer is its only member

	codec codec
}

// Checksum is an operation's httpChecksum trait.
type Checksum struct {
	RequestMember      string   // member that names the algorithm
	Required           bool     // a request must carry a checksum or Content-MD5
	ModeMember         string   // member that asks for checksums in the answer
	ResponseAlgorithms []string // in order of preference
}

// EventCategory is CloudTrail's category of an event.
type EventCategory uint8

// CloudTrail's categories. A Data event is recorded only by trails that ask.
const (
	Management EventCategory = iota
	Data
)

// EventClass says how CloudTrail records an operation.
type EventClass struct {
	Category EventCategory
	ReadOnly bool
	Name     string // eventName, where it is not the operation's name
	Resource string // resource type of data events, such as AWS::S3::Object
}

// Operation returns the operation of that name, or nil.
func (s *Service) Operation(name string) *Operation {
	lo, hi := 0, len(s.Operations)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if s.Operations[mid].Name < name {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(s.Operations) && s.Operations[lo].Name == name {
		return s.Operations[lo]
	}
	return nil
}

// NewService joins a model, its operations and the overlay of what the model
// lacks. CloudTrail's class starts from the operation's name: a management
// event, which only reads if the name says so.
func NewService(s *Service, ops []*Operation, overlay func(*Service)) *Service {
	s.Operations = ops
	for _, op := range ops {
		op.Event.ReadOnly = readsOnly(op.Name)
	}
	overlay(s)
	slices.SortFunc(s.Operations, func(a, b *Operation) int { return strings.Compare(a.Name, b.Name) })
	for _, op := range s.Operations {
		op.Service = s
		op.resolveKeys()
	}
	return s
}

func readsOnly(name string) bool {
	for _, verb := range []string{"Get", "List", "Describe", "Head", "Lookup", "Check", "Validate", "Simulate", "Search"} {
		if strings.HasPrefix(name, verb) {
			return true
		}
	}
	return false
}

// Allow sets the permissions that operations need; a name that the service does
// not have is a mistake of the program, and panics.
func (s *Service) Allow(operation string, access ...Access) {
	op := s.find(operation)
	op.Access = append(op.Access, access...)
}

func (s *Service) find(operation string) *Operation {
	for _, op := range s.Operations {
		if op.Name == operation {
			return op
		}
	}
	panic("wire: " + s.Package + " has no operation " + operation)
}

// Each calls fn with each of the named operations.
func (s *Service) Each(fn func(*Operation), operations ...string) {
	for _, name := range operations {
		fn(s.find(name))
	}
}
