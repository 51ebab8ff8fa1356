package s3

import (
	"encoding/base64"
	"errors"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/notify"
)

const (
	// maxNotifications is how many configurations a bucket may have.
	maxNotifications = 100
	// maxNotificationID and maxFilter are bytes.
	maxNotificationID = 255
	maxFilter         = 1024
)

// notificationEvents are the event types that a configuration may name.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
var notificationEvents = map[string]bool{
	"s3:ObjectCreated:*": true, "s3:ObjectCreated:Put": true, "s3:ObjectCreated:Post": true, "s3:ObjectCreated:Copy": true,
	"s3:ObjectCreated:CompleteMultipartUpload": true,
	"s3:ObjectRemoved:*":                       true, "s3:ObjectRemoved:Delete": true, "s3:ObjectRemoved:DeleteMarkerCreated": true,
	"s3:ObjectRestore:*": true, "s3:ObjectRestore:Post": true, "s3:ObjectRestore:Completed": true, "s3:ObjectRestore:Delete": true,
	"s3:ReducedRedundancyLostObject": true,
	"s3:Replication:*":               true, "s3:Replication:OperationFailedReplication": true, "s3:Replication:OperationNotTracked": true,
	"s3:Replication:OperationMissedThreshold": true, "s3:Replication:OperationReplicatedAfterThreshold": true,
	"s3:LifecycleExpiration:*": true, "s3:LifecycleExpiration:Delete": true, "s3:LifecycleExpiration:DeleteMarkerCreated": true,
	"s3:LifecycleTransition": true, "s3:IntelligentTiering": true,
	"s3:ObjectTagging:*": true, "s3:ObjectTagging:Put": true, "s3:ObjectTagging:Delete": true,
	"s3:ObjectAcl:Put":      true,
	"s3:ObjectAnnotation:*": true, "s3:ObjectAnnotation:Put": true, "s3:ObjectAnnotation:Delete": true,
}

// notificationRules checks a configuration for a bucket in a Region and returns
// its rules. It completes what is shown of it: ids that are missing, and the names
// of filter rules, which AWS shows with a capital.
func notificationRules(c *api.NotificationConfiguration, region string) ([]*notificationRule, error) {
	rules := rulesOf(c)
	if len(rules) > maxNotifications {
		return nil, fail("InvalidArgument", "The number of notification configurations exceeds the limit of 100")
	}
	ids := map[string]bool{}
	for _, r := range rules {
		if err := r.check(region); err != nil {
			return nil, err
		}
		if ids[r.id()] {
			return nil, fail("InvalidArgument", "Same ID used for multiple configurations. IDs must be unique.")
		}
		ids[r.id()] = true
	}
	return rules, checkOverlaps(rules)
}

// check checks one configuration, gives it an id if it has none, and reads its
// filter.
func (r *notificationRule) check(region string) error {
	if len(r.events) == 0 || len(r.events) > len(notificationEvents) || r.arn == "" {
		return api.MalformedXML()
	}
	if value(*r.idField) == "" {
		*r.idField = set(base64.StdEncoding.EncodeToString([]byte(newUUID())))
	}
	if len(r.id()) > maxNotificationID {
		return invalidArgument("ID length should not exceed allowed limit of 255", "Id", r.id())
	}
	a, err := notify.ParseARN(r.kind, r.arn)
	if errors.Is(err, notify.ErrFIFO) {
		return invalidArgument("FIFO SQS queues are not supported.", r.argument, r.arn)
	}
	if err != nil {
		return invalidArgument("The ARN could not be parsed", r.argument, r.arn)
	}
	if a.Region != region {
		return invalidArgument("The notification destination service region is not valid for the bucket location constraint", r.argument, r.arn)
	}
	for _, e := range r.events {
		if !notificationEvents[e] {
			return invalidArgument("The event '"+e+"' is not supported for notifications", "Event", e)
		}
	}
	return r.checkFilter()
}

func (r *notificationRule) checkFilter() error {
	if r.filter == nil || r.filter.Key == nil {
		return nil
	}
	seen := map[string]bool{}
	rules := r.filter.Key.FilterRules
	for i := range rules {
		rule := &rules[i]
		if rule.Name == nil || rule.Value == nil {
			return api.MalformedXML()
		}
		name := strings.ToLower(*rule.Name)
		switch {
		case name != "prefix" && name != "suffix":
			return invalidArgument("filter rule name must be either prefix or suffix", "FilterRule.Name", *rule.Name)
		case seen[name]:
			return invalidArgument("Cannot specify more than one "+name+" rule in a filter.", "FilterRule.Name", *rule.Name)
		case len(*rule.Value) > maxFilter:
			return invalidArgument("Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation", "FilterRule.Value", *rule.Value)
		}
		seen[name] = true
		rule.Name = set(strings.ToUpper(name[:1]) + name[1:])
	}
	r.readFilter()
	return nil
}

// checkOverlaps refuses two rules that one event could meet.
func checkOverlaps(rules []*notificationRule) error {
	for i, a := range rules {
		for _, b := range rules[:i] {
			if !overlap(a.prefix, b.prefix, strings.HasPrefix) || !overlap(a.suffix, b.suffix, strings.HasSuffix) || !sharedEvent(a.events, b.events) {
				continue
			}
			if a.prefix == "" && b.prefix == "" && a.suffix == "" && b.suffix == "" {
				return fail("InvalidArgument", "Configurations overlap. Configurations on the same bucket cannot share a common event type.")
			}
			return fail("InvalidArgument", "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules "+
				"if the prefixes are overlapping for the same event type.")
		}
	}
	return nil
}

func overlap(a, b string, has func(s, part string) bool) bool { return has(a, b) || has(b, a) }

func sharedEvent(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if coversEvent(x, y) || coversEvent(y, x) {
				return true
			}
		}
	}
	return false
}

// coversEvent tells whether an event type, which may end in an asterisk, is or
// includes another.
func coversEvent(pattern, event string) bool {
	family, all := strings.CutSuffix(pattern, "*")
	return pattern == event || all && strings.HasPrefix(event, family)
}
