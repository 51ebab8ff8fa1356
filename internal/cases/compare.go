package cases

import "fmt"

// Differs says how a result is not what the case wants, empty if it is. The reason
// counts only if the result has one.
func (c *Case) Differs(r Result) string {
	switch {
	case r.Expect() != c.Expect || r.Reason != "" && r.Reason != c.Reason:
		return fmt.Sprintf("wanted %s %s, got %s %s%s", c.Expect, c.Reason, r.Expect(), r.Reason, r.answer())
	case c.Error == nil:
		return ""
	case r.Status != c.Error.Status || r.Code != c.Error.Code:
		return fmt.Sprintf("wanted %d %s, got%s", c.Error.Status, c.Error.Code, r.answer())
	case c.Error.Message != "" && r.Message != c.Error.Message:
		return fmt.Sprintf("wanted the message %q, got %q", c.Error.Message, r.Message)
	}
	return ""
}

func (r Result) answer() string {
	if r.Code == "" && r.Status == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d %s: %s)", r.Status, r.Code, r.Message)
}
