package gateway

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/sallyport/sallyport/internal/service/s3/notify"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// delegationChannel carries messages about delegation requests to the topics that
// the operator has mapped. It implements iam.DelegationChannel.
type delegationChannel struct{ g *Gateway }

// Open tells whether the topic is mapped and open to the account.
func (c delegationChannel) Open(topicARN, account string) bool {
	_, err := notify.ParseARN(notify.Topic, topicARN)
	return err == nil && c.g.notifications.Check(topicARN, account) == nil
}

// Tell queues a message; it is delivered as those of buckets are.
func (c delegationChannel) Tell(ctx context.Context, topicARN string, message []byte) error {
	err := c.g.objects.Update(ctx, func(t *store.Txn) error {
		return notify.EnqueueFrom(t, notify.FromIAM, topicARN, "delegation requests", c.g.clock(), message)
	})
	if err != nil {
		c.g.logger.Error("queueing a message about a delegation request", "target", topicARN, "error", err)
	}
	return err
}

// Send delivers a message once. It may hold a secret and is stored nowhere.
func (c delegationChannel) Send(ctx context.Context, topicARN string, message []byte) error {
	var u [16]byte
	rand.Read(u[:])
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	id := fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
	err := c.g.notifications.Send(ctx, topicARN, &notify.Message{ID: id, Time: c.g.clock(), Body: message, From: notify.FromIAM})
	if err != nil {
		c.g.logger.Warn("the token of a delegation request was not taken", "target", topicARN, "error", err)
	}
	return err
}
