package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// SignatureHeader tells a webhook that holds the secret who calls, and when:
// t=SECONDS,v1=HEX, where HEX is the HMAC-SHA-256 under the secret of SECONDS, a
// dot and the body.
const SignatureHeader = "X-Sallyport-Signature"

// Message is what a destination is told.
type Message struct {
	ID   string    // a UUID, the same each time the message is sent
	Time time.Time // when it was made
	Body []byte    // JSON
	From Sender    // S3 when zero
}

// Sender is the service of AWS's that a message comes from.
type Sender byte

// Senders. The numbers are stored.
const (
	FromS3  Sender = 0
	FromIAM Sender = 1
)

// agent is how the sender calls itself.
func (s Sender) agent() string {
	if s == FromIAM {
		return "AWS Identity and Access Management (Sallyport)"
	}
	return "Amazon Simple Storage Service (Sallyport)"
}

// subject is that of what the sender publishes to topics, empty for none.
func (s Sender) subject() string {
	if s == FromIAM {
		return ""
	}
	return "Amazon S3 Notification"
}

// maxAnswer is how much of a destination's answer is read.
const maxAnswer = 64 << 10

// Send puts a message to a destination once and returns nil if it was taken. Its
// errors say nothing of the endpoint's URL.
func (t *Targets) Send(ctx context.Context, name string, m *Message) error {
	if t == nil || t.known[name] == nil {
		return ErrNoTarget
	}
	ctx, cancel := context.WithTimeout(ctx, t.limit)
	defer cancel()
	req, err := t.request(ctx, t.known[name], m)
	if err != nil {
		return bare(err)
	}
	resp, err := t.client.Do(req)
	if err != nil {
		return bare(err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer)) // so that the connection can be used again
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("the destination answered %d", resp.StatusCode)
	}
	return nil
}

// bare is an error without the URL that net/http puts before it.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func (t *Targets) request(ctx context.Context, to *target, m *Message) (*http.Request, error) {
	body, kind := m.Body, "application/json"
	switch to.kind {
	case Queue:
		kind = "application/x-www-form-urlencoded; charset=utf-8"
		body = []byte(url.Values{
			"Action": {"SendMessage"}, "Version": {"2012-11-05"}, "QueueUrl": {to.url}, "MessageBody": {string(m.Body)},
		}.Encode())
	case Topic:
		kind = "text/plain; charset=UTF-8"
		body = envelope(to, m)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("User-Agent", m.From.agent())
	switch to.kind {
	case Topic:
		req.Header.Set("X-Amz-Sns-Message-Type", "Notification")
		req.Header.Set("X-Amz-Sns-Message-Id", m.ID)
		req.Header.Set("X-Amz-Sns-Topic-Arn", to.name.String())
	case Function:
		req.Header.Set("X-Amz-Invocation-Type", "Event")
	}
	if t.cred.AccessKeyID != "" && (to.kind == Queue || to.invokes) {
		sigv4.Sign(req, t.cred, to.name.Region, to.kind.service(), sigv4.HashPayload(body), t.now())
	}
	if len(t.secret) > 0 && to.kind != Queue {
		req.Header.Set(SignatureHeader, Signature(t.secret, t.now(), body))
	}
	return req, nil
}

// Signature is the value of SignatureHeader for a body.
func Signature(secret []byte, at time.Time, body []byte) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(seconds + "."))
	mac.Write(body)
	return "t=" + seconds + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// envelope wraps a message as SNS does for the HTTP subscribers of a topic,
// without SNS's own signature.
//
// https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html
func envelope(to *target, m *Message) []byte {
	body, _ := json.Marshal(struct {
		Type, MessageId, TopicArn string
		Subject                   string `json:",omitempty"`
		Message, Timestamp        string
	}{"Notification", m.ID, to.name.String(), m.From.subject(), string(m.Body), m.Time.UTC().Format(timeFormat)})
	return body
}

// timeFormat is how AWS writes times in notifications.
const timeFormat = "2006-01-02T15:04:05.000Z"
