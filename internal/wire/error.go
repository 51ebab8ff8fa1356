package wire

import (
	"net/http"
	"sort"
)

// ErrorShape is an error of a service's model.
type ErrorShape struct {
	Name    string // shape name
	Code    string // on the wire
	Status  int
	Fault   bool   // the receiver's, not the sender's
	Message string // how JSON spells the message, where the model says
}

// Error is how every service reports a failure to the caller.
type Error struct {
	Code    string
	Message string
	Status  int
	Fields  []Field     // further elements of the body, in order
	Header  http.Header // further headers, may be nil
	// NoMessage leaves the message element out, as opposed to empty.
	NoMessage bool
}

// Field is one further element of an error's body.
type Field struct{ Name, Value string }

func (e *Error) Error() string {
	if e.Message == "" {
		return e.Code
	}
	return e.Code + ": " + e.Message
}

// Receiver tells whether the fault is the server's.
func (e *Error) Receiver() bool { return e.Status >= 500 }

// With returns a copy of the error with one more field.
func (e *Error) With(name, value string) *Error {
	c := *e
	c.Fields = append(append([]Field(nil), e.Fields...), Field{name, value})
	return &c
}

// WithHeader returns a copy of the error with one more header.
func (e *Error) WithHeader(name, value string) *Error {
	c := *e
	c.Header = e.Header.Clone()
	if c.Header == nil {
		c.Header = http.Header{}
	}
	c.Header.Set(name, value)
	return &c
}

// NewError makes an error of a model's table, found by its code or its shape
// name; one that the table lacks has status 400.
func NewError(table []ErrorShape, code, message string, fields ...Field) *Error {
	e := &Error{Code: code, Message: message, Status: http.StatusBadRequest, Fields: fields}
	i := sort.Search(len(table), func(i int) bool { return table[i].Name >= code })
	if i < len(table) && table[i].Name == code {
		e.Code, e.Status = table[i].Code, table[i].Status
		return e
	}
	for i := range table {
		if table[i].Code == code {
			e.Status = table[i].Status
			break
		}
	}
	return e
}

// NotImplemented is the answer to an operation that AWS has and this server
// does not have yet.
func NotImplemented(operation string) *Error {
	return &Error{
		Code:    "NotImplemented",
		Message: operation + " is not implemented.",
		Status:  http.StatusNotImplemented,
	}
}
