package wire

import (
	"sort"
	"strings"
)

// Kind is the type of a Shape, as AWS's models name it.
type Kind uint8

// The kinds and the Go types that hold them: a member of a scalar kind is a
// pointer (a slice for Blob), a list element or map value the plain type.
const (
	Structure Kind = iota // *T
	List                  // []T
	Map                   // map[string]T
	String                // *string
	Boolean               // *bool
	Integer               // *int32
	Long                  // *int64
	Float                 // *float32
	Double                // *float64
	Timestamp             // *time.Time
	Blob                  // []byte, or Body and io.ReadCloser where streaming
)

// Location says where in an HTTP message a member travels.
type Location uint8

// The locations. Body is the zero value: everything in query, ec2 and json.
const (
	InBody Location = iota
	InHeader
	InPrefix // a map of headers with a common prefix
	InQuery
	InURI
	InStatus
)

// TimeFormat is how a timestamp is written.
type TimeFormat uint8

// The formats; DefaultTime is chosen by protocol and location.
const (
	DefaultTime TimeFormat = iota
	ISO8601
	HTTPDate
	UnixTime
)

// Limits tells which of a Shape's Min and Max are set.
type Limits uint8

// Flags of Limits.
const (
	HasMin Limits = 1 << iota
	HasMax
)

// Shape is one type of a service's model. Shapes refer to one another by name,
// for a model may be recursive.
type Shape struct {
	Name string
	Kind Kind

	// Structures: in the order of the model, which is the order of the Go
	// struct's fields.
	Members []Member
	Payload string // member that is the whole body
	Union   bool   // exactly one member is set
	Stream  bool   // an event stream

	// Lists: Elem is the element's shape, ElemName its wire name.
	// Maps: Key and Elem, with KeyName and ElemName.
	Elem, ElemName string
	Key, KeyName   string
	Flattened      bool

	Limits    Limits
	Min, Max  int64 // of length, size or value, by Kind
	Pattern   string
	Enum      []string
	Sensitive bool
	Time      TimeFormat

	XMLName         string // element name of a structure
	Namespace       string
	NamespacePrefix string
}

// Member is one member of a structure.
type Member struct {
	Name      string // as in the model
	Shape     string
	Wire      string // name on the wire, "" for Name
	QueryName string // name in an ec2 request where it differs
	Location  Location

	Required  bool
	Flattened bool
	Attribute bool // an XML attribute
	Streaming bool
	Token     bool // an idempotency token
	// Mixed is a list that XML has mixed with the list of the member before it. An
	// element of it without a member stands for the next element of that one.
	Mixed bool

	Time            TimeFormat
	Namespace       string
	NamespacePrefix string
}

// WireName is the member's name on the wire.
func (m *Member) WireName() string {
	if m.Wire != "" {
		return m.Wire
	}
	return m.Name
}

// GoName is the name of the Go field that holds a member.
func GoName(member string) string {
	if member == "" {
		return ""
	}
	return strings.ToUpper(member[:1]) + member[1:]
}

// Member returns the member of that model name, or nil.
func (s *Shape) Member(name string) *Member {
	for i := range s.Members {
		if s.Members[i].Name == name {
			return &s.Members[i]
		}
	}
	return nil
}

// Shape returns the service's shape of that name, or nil.
func (s *Service) Shape(name string) *Shape {
	i := sort.Search(len(s.Shapes), func(i int) bool { return s.Shapes[i].Name >= name })
	if i < len(s.Shapes) && s.Shapes[i].Name == name {
		return &s.Shapes[i]
	}
	return nil
}
