package s3

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3/notify"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

// GetBucketNotificationConfiguration tells where a bucket's events go, nothing if
// they go nowhere.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
func (s *Service) GetBucketNotificationConfiguration(ctx context.Context, in *api.GetBucketNotificationConfigurationInput) (*api.GetBucketNotificationConfigurationOutput, error) {
	c := &api.NotificationConfiguration{}
	err := s.store.View(ctx, func(r *store.Reader) error {
		b, err := openBucket(r, in.Bucket, in.ExpectedBucketOwner)
		if err != nil {
			return err
		}
		document, err := r.Configuration(b, store.Notification, "")
		if errors.Is(err, store.ErrNoSuchConfiguration) {
			return nil
		}
		if err == nil {
			c, err = readConfiguration[api.NotificationConfiguration](document)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.GetBucketNotificationConfigurationOutput{
		TopicConfigurations: c.TopicConfigurations, QueueConfigurations: c.QueueConfigurations,
		LambdaFunctionConfigurations: c.LambdaFunctionConfigurations, EventBridgeConfiguration: c.EventBridgeConfiguration,
	}, nil
}

// PutBucketNotificationConfiguration says where a bucket's events go, in place of
// what was said before; an empty configuration turns notifications off. A
// destination that does not take a test message is refused, unless the request
// says not to try.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
func (s *Service) PutBucketNotificationConfiguration(ctx context.Context, in *api.PutBucketNotificationConfigurationInput) (*api.PutBucketNotificationConfigurationOutput, error) {
	c := in.NotificationConfiguration
	if c == nil {
		return nil, api.MalformedXML()
	}
	b, err := s.bucket(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	rules, err := notificationRules(c, b.Region)
	if err != nil {
		return nil, err
	}
	if err := s.checkDestinations(ctx, b, rules, value(in.SkipDestinationValidation)); err != nil {
		return nil, err
	}
	document, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(t *store.Txn) error {
		now, err := again(&t.Reader, b)
		if err != nil {
			return err
		}
		if len(rules) > 0 || c.EventBridgeConfiguration != nil {
			return t.PutConfiguration(now, store.Notification, "", document)
		}
		err = t.DeleteConfiguration(now, store.Notification, "")
		if errors.Is(err, store.ErrNoSuchConfiguration) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.PutBucketNotificationConfigurationOutput{}, nil
}

const (
	// testAtOnce is how many destinations are tested at a time.
	testAtOnce = 8
	// testTime is how long all the tests may take.
	testTime = 30 * time.Second
)

// checkDestinations checks that each destination is there and open to the bucket,
// and that queues and topics take a test message. Whether they are open is asked
// even if the request says to skip the rest: what AWS would refuse with each
// message, we refuse at once.
func (s *Service) checkDestinations(ctx context.Context, b *store.Bucket, rules []*notificationRule, skip bool) error {
	var names []string
	kinds := map[string]notify.Kind{}
	failed := map[string]string{} // by ARN
	for _, r := range rules {
		if kinds[r.arn] != 0 {
			continue
		}
		kinds[r.arn] = r.kind
		names = append(names, r.arn)
		err := s.notifications.Check(r.arn, b.Account)
		if errors.Is(err, notify.ErrNotPermitted) || err != nil && !skip {
			failed[r.arn] = refusedDestination(r.kind, r.arn, err)
		}
	}
	if len(failed) == 0 && !skip {
		s.testDestinations(ctx, b, names, kinds, failed)
	}
	if len(failed) == 0 {
		return nil
	}
	e := fail("InvalidArgument", "Unable to validate the following destination configurations")
	for _, name := range names {
		if text := failed[name]; text != "" {
			n := strconv.Itoa(len(e.Fields)/2 + 1)
			if kinds[name] == notify.Function {
				name += ", null" // as AWS writes it
			}
			e.Fields = append(e.Fields, wire.Field{Name: "ArgumentName" + n, Value: name}, wire.Field{Name: "ArgumentValue" + n, Value: text})
		}
	}
	return e
}

// refusedDestination is why a destination is refused, in AWS's words.
func refusedDestination(kind notify.Kind, name string, err error) string {
	missing := errors.Is(err, notify.ErrNoTarget)
	switch {
	case kind == notify.Function:
		return "Not authorized to invoke function [" + name + "]"
	case kind == notify.Topic && missing:
		return "The destination topic does not exist"
	case kind == notify.Topic:
		return "Permissions on the destination topic do not allow S3 to publish notifications from this bucket"
	case missing:
		return "The destination queue does not exist"
	}
	return "Permissions on the destination queue do not allow S3 to publish notifications from this bucket"
}

// testDestinations sends the test message to queues and topics, and notes which
// did not take it. Functions are not called for a test.
func (s *Service) testDestinations(ctx context.Context, b *store.Bucket, names []string, kinds map[string]notify.Kind, failed map[string]string) {
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	now := time.Now()
	info := caller.From(ctx)
	body, _ := json.Marshal(struct{ Service, Event, Time, Bucket, RequestId, HostId string }{
		"Amazon S3", "s3:TestEvent", now.UTC().Format(eventTime), b.Name, info.RequestID, info.HostID,
	})
	var mu sync.Mutex
	var tests sync.WaitGroup
	room := make(chan struct{}, testAtOnce)
	for _, name := range names {
		if kinds[name] == notify.Function {
			continue
		}
		room <- struct{}{}
		tests.Go(func() {
			defer func() { <-room }()
			if err := s.notifications.Send(ctx, name, &notify.Message{ID: newUUID(), Time: now, Body: body}); err != nil {
				mu.Lock()
				failed[name] = refusedDestination(kinds[name], name, err)
				mu.Unlock()
			}
		})
	}
	tests.Wait()
}
