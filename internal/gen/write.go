package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"strings"
)

type writer struct{ buf bytes.Buffer }

func (w *writer) linef(f string, args ...any) { fmt.Fprintf(&w.buf, f+"\n", args...) }

func (w *writer) save(path string) error {
	src, err := format.Source(w.buf.Bytes())
	if err != nil {
		return err
	}
	return os.WriteFile(path, src, 0o644)
}

// literal collects the fields of a composite literal that are not zero.
type literal struct{ parts []string }

func (l *literal) str(name, v string) {
	if v != "" {
		l.parts = append(l.parts, fmt.Sprintf("%s: %q", name, v))
	}
}

func (l *literal) raw(name, v string) { l.parts = append(l.parts, name+": "+v) }

func (l *literal) flag(name string, v bool) {
	if v {
		l.parts = append(l.parts, name+": true")
	}
}

func (l *literal) strs(name string, v []string) {
	if len(v) > 0 {
		l.raw(name, quoted(v))
	}
}

func (l *literal) String() string { return "{" + strings.Join(l.parts, ", ") + "}" }

func quoted(v []string) string {
	q := make([]string, len(v))
	for i, s := range v {
		q[i] = fmt.Sprintf("%q", s)
	}
	return "[]string{" + strings.Join(q, ", ") + "}"
}

func export(name string) string { return strings.ToUpper(name[:1]) + name[1:] }
