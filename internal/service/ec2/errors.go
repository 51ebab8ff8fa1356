package ec2

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/sallyport/sallyport/internal/wire"
)

// fault is an error of the client's, with a text of AWS's where one is known.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
func fault(code, format string, args ...any) error {
	return &wire.Error{Code: code, Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...)}
}

func invalidValue(format string, args ...any) error {
	return fault("InvalidParameterValue", format, args...)
}

// badValue is InvalidParameterValue for one parameter, as EC2 words it.
func badValue(value, parameter, why string) error {
	return invalidValue("Value (%s) for parameter %s is invalid. %s", cut(value), parameter, why)
}

func notTogether(a, b string) error {
	return fault("InvalidParameterCombination", "The parameter %s cannot be used with the parameter %s", a, b)
}

func unsupported(parameter string) error {
	return fault("UnsupportedOperation", "The parameter %s is not supported here: an instance is a workload identity, and nothing boots.", parameter)
}

// dryRun is the answer to a request that would have succeeded.
func dryRun() error {
	return &wire.Error{Code: "DryRunOperation", Status: http.StatusPreconditionFailed, Message: "Request would have succeeded, but DryRun flag is set."}
}

func requestLimitExceeded() error {
	return &wire.Error{Code: "RequestLimitExceeded", Status: http.StatusServiceUnavailable, Message: "Request limit exceeded."}
}

// notFound names what does not exist: one id or several.
func notFound(code, what string, ids []string) error {
	if len(ids) == 1 {
		return fault(code, "The %s '%s' does not exist", what, cut(ids[0]))
	}
	return fault(code, "The %ss '%s' do not exist", what, cut(strings.Join(ids, ", ")))
}

func malformed(code, id, prefix string) error {
	return fault(code, `Invalid id: "%s" (expecting "%s-...")`, cut(id), prefix)
}

// cut bounds what a message repeats of a request.
func cut(s string) string {
	if len(s) > 256 {
		s = s[:256]
	}
	return strings.ToValidUTF8(s, "?")
}
