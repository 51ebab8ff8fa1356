package notify

import (
	"errors"
	"strings"

	"github.com/sallyport/sallyport/arn"
)

// Kind is what a destination is.
type Kind uint8

// The kinds of destinations.
const (
	Queue    Kind = 1 + iota // an SQS queue
	Topic                    // an SNS topic
	Function                 // a Lambda function
	EventBus                 // an account's default event bus
)

// Errors of ParseARN.
var (
	// ErrARN is an ARN that no destination of the kind can have.
	ErrARN = errors.New("notify: not the ARN of a destination")
	// ErrFIFO is the ARN of a queue that keeps the order, to which S3 sends nothing.
	ErrFIFO = errors.New("notify: FIFO queue")
)

// service is the service of the kind's ARNs.
func (k Kind) service() string { return [...]string{"", "sqs", "sns", "lambda", "events"}[k] }

// ParseARN checks that s is the ARN of a destination of a kind.
func ParseARN(kind Kind, s string) (arn.ARN, error) {
	a, err := arn.Parse(s)
	if err != nil || !arn.ValidPartition(a.Partition) || a.Service != kind.service() ||
		!word(a.Region, 1, 32) || !arn.ValidAccountID(a.Account) {
		return arn.ARN{}, ErrARN
	}
	switch kind {
	case Queue:
		if name, fifo := strings.CutSuffix(a.Resource, ".fifo"); fifo && word(name, 1, 75) {
			return arn.ARN{}, ErrFIFO
		}
		if word(a.Resource, 1, 80) {
			return a, nil
		}
	case Topic:
		if word(a.Resource, 1, 256) {
			return a, nil
		}
	case Function:
		name, ok := strings.CutPrefix(a.Resource, "function:")
		name, qualifier, qualified := strings.Cut(name, ":")
		if ok && word(name, 1, 140) && (!qualified || qualifier == "$LATEST" || word(qualifier, 1, 128)) {
			return a, nil
		}
	case EventBus:
		if a.Resource == "event-bus/default" {
			return a, nil
		}
	}
	return arn.ARN{}, ErrARN
}

// kindOf is the kind of a destination's ARN.
func kindOf(s string) (Kind, error) {
	for kind := Queue; kind <= EventBus; kind++ {
		if _, err := ParseARN(kind, s); !errors.Is(err, ErrARN) {
			return kind, err
		}
	}
	return 0, ErrARN
}

// EventBusARN is the default event bus of an account in a Region.
func EventBusARN(region, account string) string {
	return arn.ARN{Partition: arn.PartitionAWS, Service: "events", Region: region, Account: account, Resource: "event-bus/default"}.String()
}

// word tells whether s has letters, digits, hyphens and underscores alone and
// its length is within bounds.
func word(s string, least, most int) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return len(s) >= least && len(s) <= most
}
