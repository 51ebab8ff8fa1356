package wire

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// router finds operations; it is built once per service.
type router struct {
	once  sync.Once
	paths map[string]*pathNode // rest protocols but S3, by method
	s3    *s3Router
}

// Route finds the operation that a request asks for. What AWS would not
// recognize is an *Error in the service's words. Route never reads the body.
func (s *Service) Route(r *Request) (*Operation, error) {
	switch s.Protocol {
	case Query, EC2:
		return s.routeAction(r)
	case JSON:
		return s.routeTarget(r)
	}
	s.router.once.Do(s.buildRouter)
	if s.Package == "s3" {
		return s.router.s3.route(r)
	}
	op, labels := s.matchPath(r.Method, r.Path)
	if op == nil {
		if s.Protocol == RESTXML {
			return nil, methodNotAllowed(r.Method, "")
		}
		return nil, &Error{Code: "UnknownOperationException", Status: http.StatusNotFound, NoMessage: true}
	}
	r.labels = labels
	return op, nil
}

func (s *Service) buildRouter() {
	if s.Package == "s3" {
		s.router.s3 = newS3Router(s)
		return
	}
	s.router.paths = map[string]*pathNode{}
	for _, op := range s.Operations {
		root := s.router.paths[op.Method]
		if root == nil {
			root = &pathNode{}
			s.router.paths[op.Method] = root
		}
		path, _, _ := strings.Cut(op.URI, "?")
		root.add(splitPath(path), op)
	}
}

func (s *Service) routeAction(r *Request) (*Operation, error) {
	action, version := r.Query.Get("Action"), r.Query.Get("Version")
	if action == "" {
		return nil, &Error{
			Code: "MissingAction", Status: http.StatusBadRequest,
			Message: "The request must contain the parameter Action or a parameter that is required for the specified action.",
		}
	}
	op := s.Operation(action)
	if op != nil && (version == s.APIVersion || s.Protocol == EC2) {
		return op, nil
	}
	if s.Protocol == EC2 {
		return nil, &Error{
			Code: "InvalidAction", Status: http.StatusBadRequest,
			Message: "The action " + printable(action) + " is not valid for this web service.",
		}
	}
	if version == "" {
		version = "NO_VERSION_SPECIFIED"
	}
	return nil, &Error{
		Code: "InvalidAction", Status: http.StatusBadRequest,
		Message: "Could not find operation " + printable(action) + " for version " + printable(version),
	}
}

func (s *Service) routeTarget(r *Request) (*Operation, error) {
	prefix, name, ok := cutLast(r.Header.Get("X-Amz-Target"), '.')
	if ok && prefix == s.TargetPrefix && r.Method == http.MethodPost {
		if op := s.Operation(name); op != nil {
			return op, nil
		}
	}
	return nil, &Error{Code: "UnknownOperationException", Status: http.StatusBadRequest, NoMessage: true}
}

func cutLast(s string, sep byte) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// methodNotAllowed is S3's 405.
func methodNotAllowed(method, resource string) *Error {
	e := &Error{
		Code: "MethodNotAllowed", Status: http.StatusMethodNotAllowed,
		Message: "The specified method is not allowed against this resource.",
		Fields:  []Field{{"Method", method}},
	}
	if resource != "" {
		e.Fields = append(e.Fields, Field{"ResourceType", resource})
	}
	return e
}

// pathNode is one segment of the paths of a method's operations.
type pathNode struct {
	op      *Operation
	literal map[string]*pathNode
	label   *pathNode
	name    string // of the label that leads here
	greedy  []greedyPath
}

// greedyPath is a label that takes several segments, with what follows it.
type greedyPath struct {
	name   string
	suffix []string
	op     *Operation
}

func splitPath(p string) []string {
	p = strings.TrimPrefix(p, "/")
	if p == "" {
		return nil
	}
	return strings.Split(p, "/")
}

func (n *pathNode) add(segments []string, op *Operation) {
	if len(segments) == 0 {
		n.op = op
		return
	}
	seg := segments[0]
	if !strings.HasPrefix(seg, "{") {
		if n.literal == nil {
			n.literal = map[string]*pathNode{}
		}
		child := n.literal[seg]
		if child == nil {
			child = &pathNode{}
			n.literal[seg] = child
		}
		child.add(segments[1:], op)
		return
	}
	name := strings.Trim(seg, "{}")
	if greedy, ok := strings.CutSuffix(name, "+"); ok {
		n.greedy = append(n.greedy, greedyPath{greedy, segments[1:], op})
		// The longest suffix first: /{name+}/policy before /{name+}.
		slices.SortStableFunc(n.greedy, func(a, b greedyPath) int { return len(b.suffix) - len(a.suffix) })
		return
	}
	if n.label == nil {
		n.label = &pathNode{name: name}
	}
	n.label.add(segments[1:], op)
}

// matchPath finds the operation of an escaped path and the labels' values.
// Labels at one place share a node, so their names come from the operation.
func (s *Service) matchPath(method, path string) (*Operation, []label) {
	s.router.once.Do(s.buildRouter)
	root := s.router.paths[method]
	if root == nil {
		return nil, nil
	}
	segments := splitPath(path)
	if len(segments) > 64 {
		return nil, nil
	}
	op := root.match(segments)
	if last := len(segments) - 1; op == nil && last > 0 && segments[last] == "" {
		segments = segments[:last] // a slash at the end, where no label could take it
		op = root.match(segments)
	}
	if op == nil {
		return nil, nil
	}
	return op, op.labels(segments)
}

func (n *pathNode) match(segments []string) *Operation {
	if len(segments) == 0 {
		return n.op
	}
	if child := n.literal[segments[0]]; child != nil {
		if op := child.match(segments[1:]); op != nil {
			return op
		}
	}
	if n.label != nil && segments[0] != "" {
		if op := n.label.match(segments[1:]); op != nil {
			return op
		}
	}
	for _, g := range n.greedy {
		if len(segments) > len(g.suffix) && slices.Equal(segments[len(segments)-len(g.suffix):], g.suffix) {
			return g.op
		}
	}
	return nil
}

// labels reads the values of the operation's URI pattern from a path that it
// matches.
func (op *Operation) labels(segments []string) []label {
	path, _, _ := strings.Cut(op.URI, "?")
	pattern := splitPath(path)
	out := []label{}
	for i, seg := range pattern {
		if !strings.HasPrefix(seg, "{") {
			continue
		}
		name := strings.Trim(seg, "{}")
		value := segments[i]
		if greedy, ok := strings.CutSuffix(name, "+"); ok {
			name = greedy
			rest := len(pattern) - i - 1
			value = strings.Join(segments[i:len(segments)-rest], "/")
			out = append(out, label{name, unescapeLabel(value)})
			break // at most one greedy label, and no label after it
		}
		out = append(out, label{name, unescapeLabel(value)})
	}
	return out
}
