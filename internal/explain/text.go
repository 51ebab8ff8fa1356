package explain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
)

// Text writes a report for people, in lines of so many columns. Longer words stay
// whole.
func Text(w io.Writer, r *Report, columns int) error {
	p := &printer{width: columns}
	p.line(0, "Request %s, %s", r.RequestID, r.Time.UTC().Format(time.RFC3339))
	who := r.Caller.ARN
	switch {
	case who == "" && r.Caller.Account != "":
		who = "a principal of account " + r.Caller.Account + " (" + r.Caller.UserID + ")"
	case who == "":
		who = "an anonymous caller"
	}
	p.line(0, "%s by %s", operation(r), who)
	answered := fmt.Sprintf("Answered %d", r.Status)
	if r.ErrorCode != "" {
		answered += " " + r.ErrorCode
	}
	p.line(0, "%s", answered)
	if len(r.Questions) == 0 {
		p.blank()
		p.line(0, "No permission was asked for.")
	}
	for i := range r.Questions {
		p.blank()
		p.question(&r.Questions[i])
	}
	if r.Omitted > 0 {
		p.blank()
		p.line(0, "%d more questions were asked and not kept.", r.Omitted)
	}
	_, err := w.Write(p.out.Bytes())
	return err
}

func operation(r *Report) string {
	if r.Operation == "" {
		return "An operation of " + r.Service
	}
	return r.Service + " " + r.Operation
}

type printer struct {
	out   bytes.Buffer
	width int
}

func (p *printer) blank() { p.out.WriteByte('\n') }

// line writes a text in lines of width, what follows the first indented by two
// more.
func (p *printer) line(indent int, format string, args ...any) {
	column := 0
	for word := range strings.FieldsSeq(printable(fmt.Sprintf(format, args...))) {
		switch n := len([]rune(word)); {
		case column == 0:
			p.out.WriteString(strings.Repeat(" ", indent) + word)
			column = indent + n
		case column+1+n > p.width:
			p.out.WriteString("\n" + strings.Repeat(" ", indent+2) + word)
			column = indent + 2 + n
		default:
			p.out.WriteString(" " + word)
			column += 1 + n
		}
	}
	p.out.WriteByte('\n')
}

// printable is a text without what a terminal would obey: keys are made by
// anybody.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || unicode.IsSpace(r) && r < unicode.MaxASCII {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

func (p *printer) question(q *Question) {
	verdict := "REFUSED"
	if q.Allowed {
		verdict = "ALLOWED"
	}
	p.line(0, "%s on %s: %s", q.Action, q.Resource, verdict)
	p.line(2, "%s [%s]", q.Summary, q.Reason)
	if q.Purpose != "" {
		p.line(2, "%s", q.Purpose)
	}
	p.blank()
	p.door("Caller's door", &q.CallerDoor)
	p.door("Resource's door", &q.ResourceDoor)
	for i := range q.Changes {
		p.blank()
		p.change(&q.Changes[i])
	}
}

func (p *printer) door(name string, d *Door) {
	head := name
	if d.Account != "" {
		head += " (account " + d.Account + ")"
	}
	if d.Shown || d.State == NotNeeded {
		p.line(2, "%s: %s", head, stateText(d.State))
	} else if d.State == Open {
		p.line(2, "%s: it allowed (the rest is that account's to see)", head)
	} else {
		p.line(2, "%s: it did not allow (the rest is that account's to see)", head)
	}
	for i := range d.Documents {
		doc := &d.Documents[i]
		p.line(4, "%s: %s", doc.Title, verdictText(doc.Verdict))
		for j := range doc.Statements {
			p.statement(&doc.Statements[j])
		}
	}
	if d.Shown && len(d.Documents) == 0 && d.State == Shut {
		p.line(4, "no policy at all")
	}
}

func stateText(state string) string {
	switch state {
	case Open:
		return "OPEN"
	case Shut:
		return "SHUT"
	case Denied:
		return "SHUT by an explicit deny"
	}
	return "not needed"
}

func verdictText(v string) string {
	if v == Silent {
		return "says nothing to this"
	}
	return v
}

func (p *printer) statement(s *Statement) {
	name := fmt.Sprintf("statement %d", s.Number)
	if s.Sid != "" {
		name += fmt.Sprintf(" %q", s.Sid)
	}
	result := "matches"
	if !s.Matched {
		result = "fails at the " + s.Failed
	}
	if s.Decided {
		result += " and decided"
	}
	p.line(6, "%s, line %d column %d, %s: %s", name, s.Line, s.Column, s.Effect, result)
	for i := range s.Conditions {
		if c := &s.Conditions[i]; s.Matched || !c.Holds {
			p.condition(c)
		}
	}
	if s.Note != "" {
		p.line(8, "%s", s.Note)
	}
}

func (p *printer) condition(c *Condition) {
	got := "the request has no such key"
	switch {
	case c.Hidden:
		got = "the value is the other account's to see"
	case c.Present:
		got = "the request has " + list(c.Got)
	}
	p.line(8, "%s %s: wants %s; %s", c.Operator, c.Key, list(c.Want), got)
}

func list(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = fmt.Sprintf("%q", v)
	}
	return strings.Join(quoted, " or ")
}

func (p *printer) change(c *Change) {
	head := "To open the caller's door"
	if c.Door == DoorResource {
		head = "To open the resource's door"
	}
	if c.Account != "" {
		head += " (account " + c.Account + ")"
	}
	p.line(2, "%s: %s", head, c.Text)
	if c.Statement != nil {
		p.line(4, "Add to %s:", c.Policy)
		var indented bytes.Buffer
		if json.Indent(&indented, c.Statement, "      ", "  ") == nil {
			p.out.WriteString("      " + printable(indented.String()) + "\n")
		}
	}
	for _, other := range c.Instead {
		p.line(4, "Or mend what is there. %s", other)
	}
}
