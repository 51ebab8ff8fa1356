package s3

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/notify"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

const (
	queueARN    = "arn:aws:sqs:us-east-1:" + owner + ":events"
	topicARN    = "arn:aws:sns:us-east-1:" + owner + ":news"
	functionARN = "arn:aws:lambda:us-east-1:" + owner + ":function:resize"
	busARN      = "arn:aws:events:us-east-1:" + owner + ":event-bus/default"
	foreignARN  = "arn:aws:sqs:us-east-1:" + stranger + ":events"
	missingARN  = "arn:aws:sqs:us-east-1:" + owner + ":missing"
	brokenARN   = "arn:aws:sns:us-east-1:" + owner + ":broken"
)

// notified is a fixture with destinations.
type notified struct {
	*fixture
	mu   sync.Mutex
	seen []string // bodies
}

func newNotified(t *testing.T) *notified {
	n := &notified{fixture: newFixture(t)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/broken" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		n.seen = append(n.seen, string(body))
	}))
	t.Cleanup(server.Close)
	var targets []string
	for _, name := range []string{queueARN, topicARN, functionARN, busARN, foreignARN} {
		targets = append(targets, name+"="+server.URL)
	}
	targets = append(targets, brokenARN+"="+server.URL+"/broken")
	var err error
	if n.notifications, err = notify.NewTargets(notify.Options{Targets: targets}); err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *notified) configure(c *api.NotificationConfiguration, skip bool) error {
	_, err := n.PutBucketNotificationConfiguration(n.ctx, &api.PutBucketNotificationConfigurationInput{
		Bucket: p("bucket"), NotificationConfiguration: c, SkipDestinationValidation: &skip,
	})
	return err
}

func (n *notified) shown() *api.GetBucketNotificationConfigurationOutput {
	n.t.Helper()
	out, err := n.GetBucketNotificationConfiguration(n.ctx, &api.GetBucketNotificationConfigurationInput{Bucket: p("bucket")})
	if err != nil {
		n.t.Fatal(err)
	}
	return out
}

func queueRule(arn string, events ...string) api.QueueConfiguration {
	return api.QueueConfiguration{QueueArn: &arn, Events: events}
}

func filtered(q api.QueueConfiguration, namesAndValues ...string) api.QueueConfiguration {
	q.Filter = &api.NotificationConfigurationFilter{Key: &api.S3KeyFilter{}}
	for i := 0; i < len(namesAndValues); i += 2 {
		q.Filter.Key.FilterRules = append(q.Filter.Key.FilterRules, api.FilterRule{Name: &namesAndValues[i], Value: &namesAndValues[i+1]})
	}
	return q
}

func queues(q ...api.QueueConfiguration) *api.NotificationConfiguration {
	return &api.NotificationConfiguration{QueueConfigurations: q}
}

func TestPutNotificationConfiguration(t *testing.T) {
	n := newNotified(t)
	if c := n.shown(); c.QueueConfigurations != nil || c.EventBridgeConfiguration != nil {
		t.Errorf("at first %+v", c)
	}
	named := filtered(queueRule(queueARN, "s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"), "PREFIX", "images/", "suffix", ".jpg")
	named.Id = p("mine")
	err := n.configure(&api.NotificationConfiguration{
		QueueConfigurations:          []api.QueueConfiguration{named},
		TopicConfigurations:          []api.TopicConfiguration{{TopicArn: p(topicARN), Events: []string{"s3:ObjectTagging:*"}}},
		LambdaFunctionConfigurations: []api.LambdaFunctionConfiguration{{LambdaFunctionArn: p(functionARN), Events: []string{"s3:ObjectAcl:Put"}}},
		EventBridgeConfiguration:     &api.EventBridgeConfiguration{},
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	c := n.shown()
	q := c.QueueConfigurations[0]
	if *q.Id != "mine" || *q.Filter.Key.FilterRules[0].Name != "Prefix" || *q.Filter.Key.FilterRules[1].Name != "Suffix" || len(q.Events) != 2 {
		t.Errorf("queue %+v", q)
	}
	if value(c.TopicConfigurations[0].Id) == "" || value(c.LambdaFunctionConfigurations[0].Id) == "" || c.EventBridgeConfiguration == nil {
		t.Errorf("shown %+v", c)
	}
	if tests := strings.Count(strings.Join(n.seen, "\n"), "TestEvent"); tests != 2 {
		t.Errorf("%d test events in %v, want one for the queue and one for the topic", tests, n.seen)
	}
	if err := n.configure(&api.NotificationConfiguration{}, false); err != nil {
		t.Fatal(err)
	}
	if c := n.shown(); c.QueueConfigurations != nil || c.EventBridgeConfiguration != nil {
		t.Errorf("turned off %+v", c)
	}
	if err := n.configure(&api.NotificationConfiguration{}, false); err != nil {
		t.Errorf("turned off twice: %v", err)
	}
	_, err = n.PutBucketNotificationConfiguration(n.ctx, &api.PutBucketNotificationConfigurationInput{Bucket: p("none"), NotificationConfiguration: queues()})
	wantError(t, err, "NoSuchBucket", "")
	_, err = n.PutBucketNotificationConfiguration(n.ctx, &api.PutBucketNotificationConfigurationInput{
		Bucket: p("bucket"), ExpectedBucketOwner: p(stranger), NotificationConfiguration: queues()})
	wantError(t, err, "AccessDenied", "")
}

func TestNotificationConfigurationErrors(t *testing.T) {
	n := newNotified(t)
	created := queueRule(queueARN, "s3:ObjectCreated:*")
	twice := queueRule(queueARN, "s3:ObjectRemoved:*")
	twice.Id = p("a")
	long := queueRule(queueARN, "s3:ObjectCreated:*")
	long.Id = p(strings.Repeat("a", 256))
	var many []api.QueueConfiguration
	for i := range maxNotifications + 1 {
		many = append(many, filtered(created, "prefix", string(rune('a'+i%26))+string(rune('a'+i/26))))
	}
	const ambiguous = "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type."
	for name, c := range map[string]struct {
		config     *api.NotificationConfiguration
		code, text string
	}{
		"events without end": {queues(queueRule(queueARN, slices.Repeat([]string{"s3:ObjectCreated:Put"}, len(notificationEvents)+1)...)), "MalformedXML", ""},
		"nothing":            {nil, "MalformedXML", ""},
		"no event":           {queues(queueRule(queueARN)), "MalformedXML", ""},
		"no ARN":             {queues(api.QueueConfiguration{Events: []string{"s3:ObjectCreated:*"}}), "MalformedXML", ""},
		"unknown event":      {queues(queueRule(queueARN, "s3:ObjectCreated:Foo")), "InvalidArgument", "ArgumentName=Event\nArgumentValue=s3:ObjectCreated:Foo"},
		"all events":         {queues(queueRule(queueARN, "s3:*")), "InvalidArgument", "not supported for notifications"},
		"no ARN at all":      {queues(queueRule("events", "s3:ObjectCreated:*")), "InvalidArgument", "The ARN could not be parsed\nArgumentName=QueueArn\nArgumentValue=events"},
		"topic as queue":     {queues(queueRule(topicARN, "s3:ObjectCreated:*")), "InvalidArgument", "The ARN could not be parsed"},
		"FIFO":               {queues(queueRule(queueARN+".fifo", "s3:ObjectCreated:*")), "InvalidArgument", "FIFO SQS queues are not supported."},
		"other Region":       {queues(queueRule("arn:aws:sqs:eu-west-1:"+owner+":events", "s3:ObjectCreated:*")), "InvalidArgument", "The notification destination service region is not valid for the bucket location constraint"},
		"filter by size":     {queues(filtered(created, "size", "1")), "InvalidArgument", "filter rule name must be either prefix or suffix\nArgumentName=FilterRule.Name\nArgumentValue=size"},
		"two prefixes":       {queues(filtered(created, "prefix", "a", "Prefix", "b")), "InvalidArgument", "Cannot specify more than one prefix rule in a filter."},
		"long filter":        {queues(filtered(created, "suffix", strings.Repeat("a", 1025))), "InvalidArgument", "Size of filter rule value cannot exceed 1024 bytes"},
		"half a rule":        {queues(api.QueueConfiguration{QueueArn: p(queueARN), Events: created.Events, Filter: &api.NotificationConfigurationFilter{Key: &api.S3KeyFilter{FilterRules: []api.FilterRule{{Name: p("prefix")}}}}}), "MalformedXML", ""},
		"same id":            {queues(twice, api.QueueConfiguration{Id: p("a"), QueueArn: p(queueARN), Events: []string{"s3:ObjectAcl:Put"}}), "InvalidArgument", "Same ID used for multiple configurations. IDs must be unique."},
		"long id":            {queues(long), "InvalidArgument", "ArgumentName=Id"},
		"too many":           {queues(many...), "InvalidArgument", "100"},
		"overlap":            {queues(created, queueRule(queueARN, "s3:ObjectCreated:Put")), "InvalidArgument", "Configurations overlap. Configurations on the same bucket cannot share a common event type."},
		"one without":        {queues(created, filtered(created, "prefix", "a")), "InvalidArgument", ambiguous},
		"prefixes":           {queues(filtered(created, "prefix", "a/"), filtered(created, "prefix", "a/b")), "InvalidArgument", ambiguous},
		"suffixes":           {queues(filtered(created, "prefix", "a/", "suffix", "g"), filtered(created, "suffix", ".jpg")), "InvalidArgument", ambiguous},
		"missing":            {queues(queueRule(missingARN, "s3:ObjectCreated:*")), "InvalidArgument", "Unable to validate the following destination configurations\nArgumentName1=" + missingARN + "\nArgumentValue1=The destination queue does not exist"},
		"not permitted":      {queues(queueRule(foreignARN, "s3:ObjectCreated:*")), "InvalidArgument", "ArgumentValue1=Permissions on the destination queue do not allow S3 to publish notifications from this bucket"},
		"broken":             {&api.NotificationConfiguration{TopicConfigurations: []api.TopicConfiguration{{TopicArn: p(brokenARN), Events: []string{"s3:ObjectCreated:*"}}}}, "InvalidArgument", "ArgumentValue1=Permissions on the destination topic do not allow S3 to publish notifications from this bucket"},
		"missing lambda":     {&api.NotificationConfiguration{LambdaFunctionConfigurations: []api.LambdaFunctionConfiguration{{LambdaFunctionArn: p(functionARN + "s"), Events: []string{"s3:ObjectCreated:*"}}}}, "InvalidArgument", "ArgumentName1=" + functionARN + "s, null\nArgumentValue1=Not authorized to invoke function [" + functionARN + "s]"},
		"both":               {queues(queueRule(missingARN, "s3:ObjectCreated:*"), queueRule(foreignARN, "s3:ObjectAcl:Put")), "InvalidArgument", "ArgumentName2=" + foreignARN},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, n.configure(c.config, false), c.code, c.text) })
	}
	if c := n.shown(); c.QueueConfigurations != nil {
		t.Errorf("a refused configuration is kept: %+v", c)
	}
	if err := n.configure(queues(queueRule(missingARN, "s3:ObjectCreated:*")), true); err != nil {
		t.Errorf("without validation: %v", err)
	}
	wantError(t, n.configure(queues(queueRule(foreignARN, "s3:ObjectCreated:*")), true), "InvalidArgument", "Permissions on the destination queue")
	apart := queues(filtered(created, "prefix", "a/", "suffix", ".jpg"), filtered(created, "prefix", "a/", "suffix", ".png"), filtered(created, "prefix", "b/"),
		queueRule(queueARN, "s3:ObjectRemoved:*"))
	if err := n.configure(apart, false); err != nil {
		t.Errorf("rules that do not meet: %v", err)
	}
}

func TestNotificationRuleMatches(t *testing.T) {
	for _, c := range []struct {
		event          event
		pattern        string
		prefix, suffix string
		key            string
		want           bool
	}{
		{createdPut, "s3:ObjectCreated:*", "", "", "k", true},
		{createdPut, "s3:ObjectCreated:Put", "", "", "k", true},
		{createdPut, "s3:ObjectCreated:Post", "", "", "k", false},
		{removed, "s3:ObjectCreated:*", "", "", "k", false},
		{lifecycleExpired, "s3:LifecycleExpiration:*", "", "", "k", true},
		{lifecycleExpired, "s3:ObjectRemoved:*", "", "", "k", false},
		{transitioned, "s3:LifecycleTransition", "", "", "k", true},
		{createdPut, "s3:ObjectCreated:*", "images/", ".jpg", "images/a.jpg", true},
		{createdPut, "s3:ObjectCreated:*", "images/", ".jpg", "images/a.JPG", false},
		{createdPut, "s3:ObjectCreated:*", "images/", "", "image/a", false},
		{createdPut, "s3:ObjectCreated:*", "my+images/", "", "my images/a", true},
		{createdPut, "s3:ObjectCreated:*", "", "%C3%A9", "caf\u00e9", true},
		{createdPut, "s3:ObjectCreated:*", "100%", "", "100% sure", true},
	} {
		r := &notificationRule{events: []string{c.pattern}, prefix: c.prefix, suffix: c.suffix}
		if got := r.matches(c.event, c.key); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// queued takes all messages out of the queue, by the name of their event.
func (n *notified) queued() (events []string, bodies map[string]map[string]any) {
	n.t.Helper()
	bodies = map[string]map[string]any{}
	err := n.store.Update(n.ctx, func(t *store.Txn) error {
		lanes, err := t.Lanes(store.NotificationQueue)
		if err != nil {
			return err
		}
		var tasks []*store.Task
		for _, lane := range lanes {
			if err := t.ScanLane(store.NotificationQueue, lane, n.clock(), func(k *store.Task) error { tasks = append(tasks, k); return nil }); err != nil {
				return err
			}
		}
		for _, k := range tasks {
			_, body, _ := strings.Cut(string(k.Payload), "\n")
			var m map[string]any
			if err := json.Unmarshal([]byte(body), &m); err != nil {
				return err
			}
			name, _ := m["detail-type"].(string)
			if records, ok := m["Records"].([]any); ok {
				m = records[0].(map[string]any)
				name = m["eventName"].(string)
			}
			events, bodies[name] = append(events, name), m
			if err := t.Dequeue(k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		n.t.Fatal(err)
	}
	slices.Sort(events)
	return events, bodies
}

func TestEventsOfOperations(t *testing.T) {
	n := newNotified(t)
	var all []string
	for e := range notificationEvents {
		if strings.HasSuffix(e, "*") || !strings.Contains(strings.TrimPrefix(e, "s3:"), ":") || e == "s3:ObjectAcl:Put" {
			all = append(all, e)
		}
	}
	if err := n.configure(queues(queueRule(queueARN, all...)), false); err != nil {
		t.Fatal(err)
	}
	const key = "a b/\u00e9.txt"
	for _, step := range []struct {
		name string
		do   func() error
		want []string
	}{
		{"put", func() error { n.put(key, []byte("hello")); return nil }, []string{"ObjectCreated:Put"}},
		{"refused put", func() error {
			in := putInput(key, []byte("hello"))
			in.IfNoneMatch = p("*")
			if _, err := n.PutObject(n.ctx, in); err == nil {
				t.Error("not refused")
			}
			return nil
		}, nil},
		{"copy", func() error {
			_, err := n.CopyObject(n.ctx, &api.CopyObjectInput{Bucket: p("bucket"), Key: p("copy"), CopySource: p("bucket/a%20b/%C3%A9.txt")})
			return err
		}, []string{"ObjectCreated:Copy"}},
		{"tags", func() error {
			_, err := n.PutObjectTagging(n.ctx, &api.PutObjectTaggingInput{Bucket: p("bucket"), Key: p("copy"), Tagging: &api.Tagging{TagSet: []api.Tag{{Key: p("a"), Value: p("b")}}}})
			return err
		}, []string{"ObjectTagging:Put"}},
		{"no tags", func() error {
			_, err := n.DeleteObjectTagging(n.ctx, &api.DeleteObjectTaggingInput{Bucket: p("bucket"), Key: p("copy")})
			return err
		}, []string{"ObjectTagging:Delete"}},
		{"delete", func() error {
			_, err := n.DeleteObject(n.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("copy")})
			return err
		}, []string{"ObjectRemoved:Delete"}},
		{"read", func() error { n.object(key); return nil }, nil},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if events, _ := n.queued(); !slices.Equal(events, step.want) {
			t.Errorf("%s: events %v, want %v", step.name, events, step.want)
		}
	}
}

// Nothing is kept for a destination that nobody can reach.
func TestEventsForNobody(t *testing.T) {
	n := newNotified(t)
	if err := n.configure(queues(queueRule(missingARN, "s3:ObjectCreated:*")), true); err != nil {
		t.Fatal(err)
	}
	n.put("k", []byte("1"))
	if events, _ := n.queued(); events != nil {
		t.Errorf("kept %v", events)
	}
}

func TestEventRecord(t *testing.T) {
	n := newNotified(t)
	rule := queueRule(queueARN, "s3:ObjectCreated:*", "s3:ObjectRemoved:*")
	rule.Id = p("mine")
	c := queues(rule)
	c.EventBridgeConfiguration = &api.EventBridgeConfiguration{}
	if err := n.configure(c, false); err != nil {
		t.Fatal(err)
	}
	const key = "a b/\u00e9+.txt"
	n.put(key, []byte("hello"))
	_, bodies := n.queued()
	r := bodies["ObjectCreated:Put"]
	object := r["s3"].(map[string]any)["object"].(map[string]any)
	bucket := r["s3"].(map[string]any)["bucket"].(map[string]any)
	for what, pair := range map[string][2]any{
		"version":       {r["eventVersion"], "2.5"},
		"source":        {r["eventSource"], "aws:s3"},
		"Region":        {r["awsRegion"], "us-east-1"},
		"time":          {r["eventTime"], "2026-01-02T03:04:05.000Z"},
		"configuration": {r["s3"].(map[string]any)["configurationId"], "mine"},
		"bucket":        {bucket["arn"], "arn:aws:s3:::bucket"},
		"owner":         {bucket["ownerIdentity"].(map[string]any)["principalId"], canonical{}.CanonicalID(owner)},
		"key":           {object["key"], "a+b/%C3%A9%2B.txt"},
		"size":          {object["size"], 5.0},
		"entity tag":    {object["eTag"], "5d41402abc4b2a76b9719d911017c592"},
		"version id":    {object["versionId"], nil},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %v, want %v", what, pair[0], pair[1])
		}
	}
	bridged := bodies["Object Created"]
	detail := bridged["detail"].(map[string]any)
	if bridged["account"] != owner || bridged["source"] != "aws.s3" || detail["reason"] != "PutObject" || detail["requester"] != owner ||
		detail["object"].(map[string]any)["key"] != key {
		t.Errorf("bridged %v", bridged)
	}
	if _, err := n.DeleteObject(n.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: p(key)}); err != nil {
		t.Fatal(err)
	}
	_, bodies = n.queued()
	gone := bodies["ObjectRemoved:Delete"]["s3"].(map[string]any)["object"].(map[string]any)
	if gone["size"] != nil || gone["eTag"] != nil || len(gone["sequencer"].(string)) != 18 || gone["sequencer"].(string) <= object["sequencer"].(string) {
		t.Errorf("put %v, then removed %v", object, gone)
	}
	if d := bodies["Object Deleted"]["detail"].(map[string]any); d["deletion-type"] != "Permanently Deleted" {
		t.Errorf("bridged removal %v", d)
	}
}

func TestEventsOfVersions(t *testing.T) {
	n := newNotified(t)
	if err := n.configure(queues(queueRule(queueARN, "s3:ObjectCreated:*", "s3:ObjectRemoved:*")), false); err != nil {
		t.Fatal(err)
	}
	if _, err := n.PutBucketVersioning(n.ctx, &api.PutBucketVersioningInput{Bucket: p("bucket"), VersioningConfiguration: &api.VersioningConfiguration{Status: p("Enabled")}}); err != nil {
		t.Fatal(err)
	}
	put := n.put("k", []byte("1"))
	out, err := n.DeleteObject(n.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("k")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.DeleteObject(n.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("k"), VersionId: put.VersionId}); err != nil {
		t.Fatal(err)
	}
	events, bodies := n.queued()
	if !slices.Equal(events, []string{"ObjectCreated:Put", "ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated"}) {
		t.Errorf("events %v", events)
	}
	version := func(name string) any {
		return bodies[name]["s3"].(map[string]any)["object"].(map[string]any)["versionId"]
	}
	if version("ObjectCreated:Put") != *put.VersionId || version("ObjectRemoved:Delete") != *put.VersionId || version("ObjectRemoved:DeleteMarkerCreated") != *out.VersionId {
		t.Errorf("versions %v", bodies)
	}
}

func FuzzNotificationRule(f *testing.F) {
	f.Add("images/", ".jpg", "images/a.jpg")
	f.Add("my+images/", "%C3%A9", "my images/\u00e9")
	f.Add("%", "%zz", "%")
	f.Fuzz(func(t *testing.T, prefix, suffix, key string) {
		r := &notificationRule{events: []string{"s3:ObjectCreated:*"}, prefix: prefix, suffix: suffix}
		if strings.HasPrefix(key, prefix) && strings.HasSuffix(key, suffix) && !r.matches(createdPut, key) {
			t.Errorf("%q does not match %q and %q", key, prefix, suffix)
		}
		if r.matches(removed, key) {
			t.Error("another event matches")
		}
	})
}
