// Package support writes the table of what is served: each operation of each
// service, done or NotImplemented. It asks the values that serve them and must
// not know more of them than the methods they have.
package support

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/wire"
)

// Entry is one service and the value that serves it, nil where nothing does. A
// nil pointer of the value's type is enough: only its methods are looked at.
type Entry struct {
	Service *wire.Service
	Impl    any
	// Missing says why operations are not done, by their names. Those that AWS does
	// not have for general purpose buckets, or has closed, begin with "Not here".
	Missing map[string]string
}

// Write writes the table in Markdown.
func Write(w io.Writer, entries []Entry) error {
	var b bytes.Buffer
	b.WriteString("# What is served\n\n")
	b.WriteString("Generated from the operation rows; `go test ./internal/gen -run Support -update` writes it anew.\n")
	b.WriteString("An operation that is not done answers `NotImplemented`, after the request's signature was checked.\n\n")
	b.WriteString("| Service | done | of |\n|---|---:|---:|\n")
	var done, all int
	for _, e := range entries {
		n := len(implemented(e))
		done, all = done+n, all+len(listed(e))
		fmt.Fprintf(&b, "| [%s](#%s) | %d | %d |\n", e.Service.FullName, e.Service.Package, n, len(listed(e)))
	}
	fmt.Fprintf(&b, "| all | %d | %d |\n", done, all)
	for _, e := range entries {
		section(&b, e)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func section(b *bytes.Buffer, e Entry) {
	fmt.Fprintf(b, "\n## %s\n\n%s, API version %s.\n\n", e.Service.Package, e.Service.FullName, e.Service.APIVersion)
	b.WriteString("| Operation | | Permissions |\n|---|---|---|\n")
	for _, op := range listed(e) {
		state := "NotImplemented"
		if e.Impl != nil && op.Implemented(e.Impl) {
			state = "done"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", op.Name, state, permissions(op))
	}
	reasons(b, e)
}

// reasons says why operations are not done, where that was written down.
func reasons(b *bytes.Buffer, e Entry) {
	if len(e.Missing) == 0 {
		return
	}
	b.WriteString("\nWhy operations of this service are not done:\n\n| Operation | Why |\n|---|---|\n")
	for _, op := range listed(e) {
		if why := e.Missing[op.Name]; why != "" && !(e.Impl != nil && op.Implemented(e.Impl)) {
			fmt.Fprintf(b, "| %s | %s |\n", op.Name, why)
		}
	}
}

// listed leaves out the operations that no request can reach.
func listed(e Entry) []*wire.Operation {
	return slices.DeleteFunc(slices.Clone(e.Service.Operations), func(op *wire.Operation) bool { return op.Deprecated })
}

func implemented(e Entry) (ops []*wire.Operation) {
	for _, op := range listed(e) {
		if e.Impl != nil && op.Implemented(e.Impl) {
			ops = append(ops, op)
		}
	}
	return ops
}

// permissions are the actions that an operation may ask for, each once; those
// that hang on the request are in brackets.
func permissions(op *wire.Operation) string {
	var out []string
	for i := range op.Access {
		a := &op.Access[i]
		text := "`" + a.Action + "`"
		if a.When != nil {
			text = "[" + text + "]"
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, " ")
}
