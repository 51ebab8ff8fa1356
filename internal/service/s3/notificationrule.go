package s3

import (
	"encoding/json"
	"net/url"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/notify"
)

// notificationRule is one configuration of a bucket's notifications, whatever
// kind of destination it names.
type notificationRule struct {
	kind     notify.Kind
	argument string   // AWS's name for the ARN's element
	idField  **string // where the id stands
	arn      string
	events   []string
	filter   *api.NotificationConfigurationFilter

	prefix, suffix string
}

func (r *notificationRule) id() string { return value(*r.idField) }

// rulesOf are the rules of a configuration as it stands.
func rulesOf(c *api.NotificationConfiguration) (rules []*notificationRule) {
	for i := range c.TopicConfigurations {
		t := &c.TopicConfigurations[i]
		rules = append(rules, &notificationRule{kind: notify.Topic, argument: "TopicArn", idField: &t.Id, arn: value(t.TopicArn), events: t.Events, filter: t.Filter})
	}
	for i := range c.QueueConfigurations {
		q := &c.QueueConfigurations[i]
		rules = append(rules, &notificationRule{kind: notify.Queue, argument: "QueueArn", idField: &q.Id, arn: value(q.QueueArn), events: q.Events, filter: q.Filter})
	}
	for i := range c.LambdaFunctionConfigurations {
		f := &c.LambdaFunctionConfigurations[i]
		rules = append(rules, &notificationRule{kind: notify.Function, argument: "LambdaFunctionArn", idField: &f.Id, arn: value(f.LambdaFunctionArn), events: f.Events, filter: f.Filter})
	}
	return rules
}

// readFilter finds prefix and suffix in the filter.
func (r *notificationRule) readFilter() {
	if r.filter == nil || r.filter.Key == nil {
		return
	}
	for _, rule := range r.filter.Key.FilterRules {
		if strings.EqualFold(value(rule.Name), "prefix") {
			r.prefix = value(rule.Value)
		} else {
			r.suffix = value(rule.Value)
		}
	}
}

// matches tells whether an event about a key is for the rule.
func (r *notificationRule) matches(e event, key string) bool {
	if !meets(key, r.prefix, strings.HasPrefix) || !meets(key, r.suffix, strings.HasSuffix) {
		return false
	}
	for _, pattern := range r.events {
		if coversEvent(pattern, "s3:"+string(e)) {
			return true
		}
	}
	return false
}

// meets tells whether a key has a part. A part of a filter may be URL-encoded:
// AWS asks that of spaces and other special characters.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
func meets(key, part string, has func(s, part string) bool) bool {
	if has(key, part) {
		return true
	}
	decoded, err := url.QueryUnescape(part)
	return err == nil && decoded != part && has(key, decoded)
}

// notifications is a bucket's configuration as changes ask for it.
type notifications struct {
	rules  []*notificationRule
	bridge bool // all events go to the account's default event bus
}

// UnmarshalJSON reads a stored configuration.
func (n *notifications) UnmarshalJSON(document []byte) error {
	c := &api.NotificationConfiguration{}
	if err := json.Unmarshal(document, c); err != nil {
		return err
	}
	n.rules, n.bridge = rulesOf(c), c.EventBridgeConfiguration != nil
	for _, r := range n.rules {
		r.readFilter()
	}
	return nil
}
