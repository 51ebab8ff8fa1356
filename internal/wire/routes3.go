package wire

import (
	"net/http"
	"slices"
	"sort"
	"strings"
)

// s3Level is what an S3 path names.
type s3Level uint8

const (
	s3Service s3Level = iota
	s3Bucket
	s3Object
	s3Levels
)

// s3Router tells S3's operations apart by method, level, sub-resource (the
// literal of the model's URI, such as ?acl), and, where that leaves several,
// by the required query members and headers of each.
type s3Router struct {
	table [s3Levels]map[string]map[string][]*s3Route // method → sub-resource, "" for none → most demanding first
	known map[string]bool                            // every sub-resource
	post  *Operation                                 // browser uploads
	write *Operation                                 // WriteGetObjectResponse
}

type s3Route struct {
	op      *Operation
	literal map[string]string // query parameters with a value, such as list-type=2
	query   []string
	copies  bool // x-amz-copy-source must be there
}

func (r *s3Route) weight() int {
	n := len(r.literal) + len(r.query)
	if r.copies {
		n++
	}
	return n
}

func newS3Router(s *Service) *s3Router {
	rt := &s3Router{known: map[string]bool{}, post: s.Operation("PostObject"), write: s.Operation("WriteGetObjectResponse")}
	for i := range rt.table {
		rt.table[i] = map[string]map[string][]*s3Route{}
	}
	for _, op := range s.Operations {
		switch op.Name {
		case "PostObject", "WriteGetObjectResponse", "ListDirectoryBuckets":
			continue // not told by the URI
		}
		if !op.Deprecated {
			rt.add(s, op)
		}
	}
	for _, level := range rt.table {
		for _, subs := range level {
			for _, routes := range subs {
				sort.SliceStable(routes, func(i, j int) bool { return routes[i].weight() > routes[j].weight() })
			}
		}
	}
	return rt
}

// Subresource tells whether a query parameter chooses among S3's operations.
func (s *Service) Subresource(parameter string) bool {
	s.router.once.Do(s.buildRouter)
	return s.router.s3 != nil && s.router.s3.known[parameter]
}

func (rt *s3Router) add(s *Service, op *Operation) {
	path, literals, _ := strings.Cut(op.URI, "?")
	level := s3Service
	switch {
	case strings.Contains(path, "{Key+}"):
		level = s3Object
	case strings.Contains(path, "{Bucket}"):
		level = s3Bucket
	}
	route := &s3Route{op: op, literal: map[string]string{}}
	sub := ""
	for lit := range strings.SplitSeq(literals, "&") {
		name, value, hasValue := strings.Cut(lit, "=")
		switch {
		case lit == "":
		case hasValue:
			route.literal[name] = value
		default:
			sub = name
			rt.known[sub] = true
		}
	}
	for _, m := range s.Shape(op.Input).Members {
		switch {
		case !m.Required:
		case m.Location == InQuery:
			route.query = append(route.query, m.WireName())
		case m.Location == InHeader && m.WireName() == "x-amz-copy-source":
			route.copies = true
		}
	}
	subs := rt.table[level][op.Method]
	if subs == nil {
		subs = map[string][]*s3Route{}
		rt.table[level][op.Method] = subs
	}
	subs[sub] = append(subs[sub], route)
}

func (rt *s3Router) route(r *Request) (*Operation, error) {
	level := s3Service
	switch {
	case r.Key != "":
		level = s3Object
	case r.Bucket != "":
		level = s3Bucket
	}
	if r.Method == http.MethodPost && rt.write != nil && r.Bucket == "WriteGetObjectResponse" && r.Key == "" {
		return rt.write, nil
	}
	sub, err := rt.subresource(r)
	if err != nil {
		return nil, err
	}
	if r.Method == http.MethodHead {
		sub = "" // HEAD knows no sub-resource
	}
	routes := rt.table[level][r.Method][sub]
	if len(routes) == 0 || r.Method == http.MethodPost && level == s3Object && sub == "" && !r.Query.Has("uploadId") {
		return rt.none(r, level, sub)
	}
	return pick(r, routes), nil
}

// subresource is the one sub-resource that the query string names.
func (rt *s3Router) subresource(r *Request) (string, error) {
	var found []string
	for name := range r.Query {
		if rt.known[name] {
			found = append(found, name)
		}
	}
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return found[0], nil
	}
	slices.Sort(found)
	return "", &Error{
		Code: "InvalidArgument", Status: http.StatusBadRequest,
		Message: "Conflicting query string parameters: " + strings.Join(found, ", "),
		Fields:  []Field{{"ArgumentName", "ResourceType"}, {"ArgumentValue", found[0]}},
	}
}

func (rt *s3Router) none(r *Request, level s3Level, sub string) (*Operation, error) {
	if r.Method == http.MethodPost && level == s3Bucket && sub == "" && rt.post != nil {
		return rt.post, nil
	}
	resource := strings.ToUpper(sub)
	if sub == "" {
		resource = [...]string{"SERVICE", "BUCKET", "OBJECT"}[level]
	}
	e := methodNotAllowed(r.Method, resource)
	if allowed := rt.allowed(level, sub); len(allowed) > 0 {
		e = e.WithHeader("Allow", strings.Join(allowed, ", "))
	}
	return nil, e
}

// allowed are the methods that a resource knows, in order.
func (rt *s3Router) allowed(level s3Level, sub string) (methods []string) {
	for method, subs := range rt.table[level] {
		if routes := subs[sub]; len(routes) > 0 && (method != http.MethodPost || level != s3Object || sub != "") {
			methods = append(methods, method)
		}
	}
	slices.Sort(methods)
	return methods
}

// pick is the most demanding route whose demands are met. A request that meets
// none gets the least demanding one and fails there, but half of an upload's
// two parameters must never make a part an object.
func pick(r *Request, routes []*s3Route) *Operation {
	for _, rt := range routes {
		if rt.met(r) {
			if rt.weight() <= 1 && r.Method == http.MethodPut && (r.Query.Has("uploadId") || r.Query.Has("partNumber")) {
				return part(routes, rt.copies)
			}
			return rt.op
		}
	}
	return routes[len(routes)-1].op
}

func part(routes []*s3Route, copies bool) *Operation {
	for _, rt := range routes {
		if slices.Contains(rt.query, "uploadId") && rt.copies == copies {
			return rt.op
		}
	}
	return routes[0].op
}

func (rt *s3Route) met(r *Request) bool {
	for name, value := range rt.literal {
		if r.Query.Get(name) != value {
			return false
		}
	}
	for _, name := range rt.query {
		if !r.Query.Has(name) {
			return false
		}
	}
	return !rt.copies || hasHeader(r, "X-Amz-Copy-Source")
}

// hasHeader looks for a header, also where a presigned URL puts it.
func hasHeader(r *Request, canonical string) bool {
	if len(r.Header[canonical]) > 0 {
		return true
	}
	for name := range r.Query {
		if strings.EqualFold(name, canonical) {
			return true
		}
	}
	return false
}
