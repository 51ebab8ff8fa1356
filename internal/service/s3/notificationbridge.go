package s3

import (
	"encoding/json"
	"time"
)

// The same event for EventBridge.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
type (
	bridgeEvent struct {
		Version    string       `json:"version"`
		ID         string       `json:"id"`
		DetailType string       `json:"detail-type"`
		Source     string       `json:"source"`
		Account    string       `json:"account"`
		Time       string       `json:"time"`
		Region     string       `json:"region"`
		Resources  []string     `json:"resources"`
		Detail     bridgeDetail `json:"detail"`
	}
	bridgeDetail struct {
		Version      string       `json:"version"`
		EventVersion string       `json:"event-version"`
		Bucket       bridgeBucket `json:"bucket"`
		Object       bridgeObject `json:"object"`
		RequestID    string       `json:"request-id"`
		Requester    string       `json:"requester"`
		SourceIP     string       `json:"source-ip-address,omitempty"`
		Reason       string       `json:"reason,omitempty"`
		Deletion     string       `json:"deletion-type,omitempty"`
		Expiry       string       `json:"restore-expiry-time,omitempty"`
		SourceClass  string       `json:"source-storage-class,omitempty"`
		Destination  string       `json:"destination-storage-class,omitempty"`
	}
	bridgeBucket struct {
		Name string `json:"name"`
	}
	bridgeObject struct {
		Key       string `json:"key"`
		Size      *int64 `json:"size,omitempty"`
		ETag      string `json:"etag,omitempty"`
		VersionID string `json:"version-id,omitempty"`
		Sequencer string `json:"sequencer,omitempty"`
	}
)

// detailTypes are the names of events for EventBridge; others are not sent there.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-mapping-troubleshooting.html
var detailTypes = map[event]string{
	createdPut: "Object Created", createdPost: "Object Created", createdCopy: "Object Created", createdMultipart: "Object Created",
	removed: "Object Deleted", markerCreated: "Object Deleted", lifecycleExpired: "Object Deleted", lifecycleMarker: "Object Deleted",
	restorePosted: "Object Restore Initiated", restoreCompleted: "Object Restore Completed", "ObjectRestore:Delete": "Object Restore Expired",
	transitioned: "Object Storage Class Changed",
	taggingPut:   "Object Tags Added", taggingDeleted: "Object Tags Deleted", aclPut: "Object ACL Updated",
}

// reasons are why an object came or went.
var reasons = map[event]string{
	createdPut: "PutObject", createdPost: "POST Object", createdCopy: "CopyObject", createdMultipart: "CompleteMultipartUpload",
	removed: "DeleteObject", markerCreated: "DeleteObject", lifecycleExpired: "Lifecycle Expiration", lifecycleMarker: "Lifecycle Expiration",
}

// bridged is the event for EventBridge, nil if it does not go there.
func (h *happened) bridged() []byte {
	kind := detailTypes[h.event]
	if kind == "" {
		return nil
	}
	e := bridgeEvent{
		Version: "0", ID: newUUID(), DetailType: kind, Source: "aws.s3", Account: h.bucket.Account,
		Time: h.time.Format(time.RFC3339), Region: h.bucket.Region, Resources: []string{"arn:aws:s3:::" + h.bucket.Name},
		Detail: bridgeDetail{
			Version: "0", EventVersion: "1.1", Bucket: bridgeBucket{h.bucket.Name},
			Object:    bridgeObject{h.object.Key, h.size, h.etag, h.version, h.sequencer},
			RequestID: h.requestID, Requester: h.account, Reason: reasons[h.event],
		},
	}
	d := &e.Detail
	if h.ip != serviceItself {
		d.SourceIP = h.ip
	}
	switch h.event {
	case removed, lifecycleExpired:
		d.Deletion = "Permanently Deleted"
	case markerCreated, lifecycleMarker:
		d.Deletion = "Delete Marker Created"
	case restorePosted:
		d.SourceClass = h.storageClass()
	case restoreCompleted:
		d.SourceClass, d.Expiry = h.storageClass(), h.object.Restore.Expires.UTC().Format(time.RFC3339)
	case transitioned:
		d.Destination = h.storageClass()
	}
	body, _ := json.Marshal(e) // nothing in it can fail
	return body
}
