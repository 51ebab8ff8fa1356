package notify

import (
	"errors"
	"strings"
	"testing"
)

const (
	queue  = "arn:aws:sqs:us-east-1:111111111111:events"
	other  = "arn:aws:sqs:us-east-1:222222222222:others"
	topic  = "arn:aws:sns:us-east-1:111111111111:news"
	lambda = "arn:aws:lambda:us-east-1:111111111111:function:resize"
	bus    = "arn:aws:events:us-east-1:111111111111:event-bus/default"
)

func TestParseARN(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		arn  string
		want error
	}{
		{Queue, queue, nil},
		{Queue, "arn:aws-cn:sqs:cn-north-1:111111111111:a_b-C9", nil},
		{Queue, "arn:aws:sqs:us-east-1:111111111111:a.fifo", ErrFIFO},
		{Queue, "arn:aws:sqs:us-east-1:111111111111:" + strings.Repeat("a", 81), ErrARN},
		{Queue, topic, ErrARN},
		{Queue, "arn:aws:sqs::111111111111:events", ErrARN},
		{Queue, "arn:aws:sqs:us-east-1:1111:events", ErrARN},
		{Queue, "arn:moon:sqs:us-east-1:111111111111:events", ErrARN},
		{Queue, "arn:aws:sqs:us-east-1:111111111111:a/b", ErrARN},
		{Queue, "events", ErrARN},
		{Queue, "", ErrARN},
		{Topic, topic, nil},
		{Topic, topic + ".fifo", ErrARN},
		{Function, lambda, nil},
		{Function, lambda + ":prod", nil},
		{Function, lambda + ":$LATEST", nil},
		{Function, lambda + ":", ErrARN},
		{Function, lambda + ":a:b", ErrARN},
		{Function, "arn:aws:lambda:us-east-1:111111111111:layer:resize", ErrARN},
		{EventBus, bus, nil},
		{EventBus, "arn:aws:events:us-east-1:111111111111:event-bus/other", ErrARN},
	} {
		if _, err := ParseARN(c.kind, c.arn); !errors.Is(err, c.want) {
			t.Errorf("%d %q: %v, want %v", c.kind, c.arn, err, c.want)
		}
	}
	if got := EventBusARN("us-east-1", "111111111111"); got != bus {
		t.Errorf("the bus is %s", got)
	}
}

func FuzzParseARN(f *testing.F) {
	for _, s := range []string{queue, topic, lambda + ":$LATEST", bus, "arn:aws:sqs:us-east-1:111111111111:a.fifo", "arn:::::"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for kind := Queue; kind <= EventBus; kind++ {
			if a, err := ParseARN(kind, s); err == nil && (a.String() != s || a.Service != kind.service()) {
				t.Errorf("%q is read as %q", s, a)
			}
		}
	})
}

func TestTargets(t *testing.T) {
	targets, err := NewTargets(Options{
		Targets: []string{queue + "=http://localhost:1/q?a=b", other + "=https://example.com/ " + topic + "=https://example.com/t"},
		Grants:  []string{queue + "=333333333333", other + "=*"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		arn, account string
		want         error
	}{
		{queue, "111111111111", nil},
		{queue, "333333333333", nil},
		{queue, "222222222222", ErrNotPermitted},
		{other, "222222222222", nil},
		{other, "111111111111", nil},
		{topic, "111111111111", nil},
		{topic, "333333333333", ErrNotPermitted},
		{lambda, "111111111111", ErrNoTarget},
		{"", "111111111111", ErrNoTarget},
	} {
		if err := targets.Check(c.arn, c.account); !errors.Is(err, c.want) {
			t.Errorf("%s from %s: %v, want %v", c.arn, c.account, err, c.want)
		}
	}
	if err := (*Targets)(nil).Check(queue, "111111111111"); !errors.Is(err, ErrNoTarget) {
		t.Errorf("none at all: %v", err)
	}
}

func TestTargetsRefuseWhatTheOperatorGotWrong(t *testing.T) {
	for _, c := range []Options{
		{Targets: []string{queue}},
		{Targets: []string{"events=http://localhost/"}},
		{Targets: []string{queue + ".fifo=http://localhost/"}},
		{Targets: []string{queue + "=ftp://user:hush@localhost/"}},
		{Targets: []string{queue + "=http:///hush"}},
		{Targets: []string{queue + "=http://hush:%zz@localhost"}},
		{Targets: []string{queue + "=http://localhost/", queue + "=http://localhost/hush"}},
		{Grants: []string{queue + "=333333333333"}},
		{Targets: []string{queue + "=http://localhost/hush"}, Grants: []string{queue + "=everybody"}},
	} {
		_, err := NewTargets(c)
		if err == nil {
			t.Errorf("%v is taken", c)
		} else if strings.Contains(err.Error(), "hush") {
			t.Errorf("the error gives the URL away: %v", err)
		}
	}
}
