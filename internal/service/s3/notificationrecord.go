package s3

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3/notify"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// The message that tells of an event, in the form of its version 2.5.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
type (
	eventRecord struct {
		EventVersion      string          `json:"eventVersion"`
		EventSource       string          `json:"eventSource"`
		AWSRegion         string          `json:"awsRegion"`
		EventTime         string          `json:"eventTime"`
		EventName         string          `json:"eventName"`
		UserIdentity      eventPrincipal  `json:"userIdentity"`
		RequestParameters eventParameters `json:"requestParameters"`
		ResponseElements  eventResponse   `json:"responseElements"`
		S3                eventEntity     `json:"s3"`
		Glacier           *eventGlacier   `json:"glacierEventData,omitempty"`
		Lifecycle         *eventLifecycle `json:"lifecycleEventData,omitempty"`
	}
	eventPrincipal struct {
		PrincipalID string `json:"principalId"`
	}
	eventParameters struct {
		SourceIPAddress string `json:"sourceIPAddress"`
	}
	eventResponse struct {
		RequestID string `json:"x-amz-request-id"`
		HostID    string `json:"x-amz-id-2"`
	}
	eventEntity struct {
		SchemaVersion   string      `json:"s3SchemaVersion"`
		ConfigurationID string      `json:"configurationId"`
		Bucket          eventBucket `json:"bucket"`
		Object          eventObject `json:"object"`
	}
	eventBucket struct {
		Name          string         `json:"name"`
		OwnerIdentity eventPrincipal `json:"ownerIdentity"`
		ARN           string         `json:"arn"`
	}
	eventObject struct {
		Key       string `json:"key"` // URL-encoded, a space as +
		Size      *int64 `json:"size,omitempty"`
		ETag      string `json:"eTag,omitempty"`
		VersionID string `json:"versionId,omitempty"`
		Sequencer string `json:"sequencer,omitempty"`
	}
	eventGlacier struct {
		Restore struct {
			Expiry       string `json:"lifecycleRestorationExpiryTime"`
			StorageClass string `json:"lifecycleRestoreStorageClass"`
		} `json:"restoreEventData"`
	}
	eventLifecycle struct {
		Transition struct {
			StorageClass string `json:"destinationStorageClass"`
		} `json:"transitionEventData"`
	}
)

// eventTime is how times are written in messages.
const eventTime = "2006-01-02T15:04:05.000Z"

// S3 itself, where no request caused an event.
const serviceItself = "s3.amazonaws.com"

// emptyETag is the entity tag that AWS shows of delete markers.
const emptyETag = "d41d8cd98f00b204e9800998ecf8427e"

// happened is one event with what its messages are made of.
type happened struct {
	event
	time                     time.Time
	bucket                   *store.Bucket
	object                   *store.Object
	principal, account       string // who caused it
	ip, requestID, hostID    string
	size                     *int64
	etag, version, sequencer string
}

// notifyOf queues what a bucket's configuration says of an event, in the
// transaction of the change. Buckets without one cost nothing. As on AWS nothing is
// kept for a destination that is not there, or not open to the bucket any more.
func (s *Service) notifyOf(ctx context.Context, t *store.Txn, b *store.Bucket, o *store.Object, e event) error {
	n, err := configured[notifications](s, &t.Reader, b, store.Notification)
	if err != nil || n == nil {
		return err
	}
	var h *happened
	for _, r := range n.rules {
		if !r.matches(e, o.Key) || s.notifications.Check(r.arn, b.Account) != nil {
			continue
		}
		if h == nil {
			h = happenedOf(ctx, t.Exactly(), b, o, e)
		}
		if err := notify.Enqueue(t, r.arn, b.ID, o.Key, h.time, h.records(r.id(), s.accounts.CanonicalID(b.Account))); err != nil {
			return err
		}
	}
	bus := notify.EventBusARN(b.Region, b.Account)
	if !n.bridge || s.notifications.Check(bus, b.Account) != nil {
		return nil
	}
	if h == nil {
		h = happenedOf(ctx, t.Exactly(), b, o, e)
	}
	if body := h.bridged(); body != nil {
		return notify.Enqueue(t, bus, b.ID, o.Key, h.time, body)
	}
	return nil
}

// happenedOf collects what is known of an event.
func happenedOf(ctx context.Context, now time.Time, b *store.Bucket, o *store.Object, e event) *happened {
	h := &happened{event: e, time: now.UTC(), bucket: b, object: o}
	info := caller.From(ctx)
	h.requestID, h.hostID = info.RequestID, info.HostID
	switch {
	case h.requestID == "" && !info.Identity.Signed(), h.family() == "LifecycleExpiration", h.family() == "LifecycleTransition",
		e == restoreCompleted, e == "ObjectRestore:Delete":
		h.principal, h.account, h.ip = serviceItself, serviceItself, serviceItself
	case info.Identity.Signed():
		h.principal, h.account = "AWS:"+info.Identity.UserID, info.Identity.Account
	default:
		h.principal, h.account = "Anonymous", "anonymous"
	}
	if h.ip == "" && info.SourceIP.IsValid() {
		h.ip = info.SourceIP.String()
	}
	if h.requestID == "" {
		h.requestID = strings.ToUpper(newUUID()[:8] + newUUID()[:8])
	}
	h.describe()
	return h
}

// family is the event's name up to the colon.
func (h *happened) family() string {
	family, _, _ := strings.Cut(string(h.event), ":")
	return family
}

// describe says of the object what AWS says with the event: a removed version has
// no size and no entity tag, and only writes and removals are in sequence.
func (h *happened) describe() {
	o := h.object
	sequence := o.Sequence
	switch h.family() {
	case "ObjectRemoved", "LifecycleExpiration":
		if o.DeleteMarker && strings.HasSuffix(string(h.event), "MarkerCreated") {
			h.etag = emptyETag
		} else { // after all that was done to the version
			sequence = max(uint64(h.time.UnixNano()), sequence+1)
		}
		h.sequencer = sequencer(sequence)
	case "ObjectCreated":
		h.size, h.etag, h.sequencer = &o.Size, o.ETag.Bare(), sequencer(sequence)
	case "ObjectTagging", "ObjectAcl":
		h.etag = o.ETag.Bare()
	default:
		h.size, h.etag = &o.Size, o.ETag.Bare()
	}
	switch {
	case !o.Version.IsZero():
		h.version = o.Version.String()
	case h.bucket.Versioning != store.Unversioned:
		h.version = nullVersion
	}
}

// sequencer grows with each write and removal of a key, as text of one length.
func sequencer(n uint64) string { return fmt.Sprintf("%018X", n) }

// storageClass is the class of the object as AWS names it.
func (h *happened) storageClass() string {
	if h.object.StorageClass == "" {
		return "STANDARD"
	}
	return h.object.StorageClass
}

// records is the message for one configuration.
func (h *happened) records(configuration, bucketOwner string) []byte {
	r := eventRecord{
		EventVersion: "2.5", EventSource: "aws:s3", AWSRegion: h.bucket.Region, EventTime: h.time.Format(eventTime), EventName: string(h.event),
		UserIdentity:      eventPrincipal{h.principal},
		RequestParameters: eventParameters{h.ip},
		ResponseElements:  eventResponse{h.requestID, h.hostID},
		S3: eventEntity{
			SchemaVersion: "1.0", ConfigurationID: configuration,
			Bucket: eventBucket{h.bucket.Name, eventPrincipal{bucketOwner}, "arn:aws:s3:::" + h.bucket.Name},
			Object: eventObject{
				Key: formKey(h.object.Key), Size: h.size, ETag: h.etag, VersionID: h.version, Sequencer: h.sequencer,
			},
		},
	}
	switch h.event {
	case restoreCompleted:
		r.Glacier = &eventGlacier{}
		r.Glacier.Restore.Expiry = h.object.Restore.Expires.UTC().Format(eventTime)
		r.Glacier.Restore.StorageClass = h.storageClass()
	case transitioned:
		r.Lifecycle = &eventLifecycle{}
		r.Lifecycle.Transition.StorageClass = h.storageClass()
	}
	body, _ := json.Marshal(map[string][]eventRecord{"Records": {r}}) // nothing in it can fail
	return body
}

// formKey is a key as a form encodes it, with its slashes.
func formKey(key string) string { return strings.ReplaceAll(url.QueryEscape(key), "%2F", "/") }
