package imds

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport/internal/linklocal"
)

const (
	// fresh is for how long a document's facts are taken for the present ones. It is
	// how late a change of the metadata options or the profile is noticed.
	fresh = 2 * time.Second
	// without is for how long facts are given out that could not be fetched again.
	without = time.Hour
	// oldest is the age at which EC2 has new credentials, where they live for hours.
	oldest = time.Hour
)

// held is a document and when it was fetched.
type held struct {
	*Document
	fetched time.Time
}

func (s *Service) rotating(source Source, d Delivery) *linklocal.Rotating[held] {
	return &linklocal.Rotating[held]{
		Clock: s.clock,
		Fetch: func(ctx context.Context, old *held) (*held, error) {
			doc, err := source.Document(ctx, d)
			if err != nil {
				return nil, err
			}
			h := &held{Document: doc, fetched: s.clock()}
			if old != nil && old.serves(h) {
				kept := *doc
				kept.Credentials = old.Credentials
				h.Document = &kept
			}
			return h, nil
		},
		Life: func(h *held) (due, end time.Time) {
			end = h.fetched.Add(without)
			if c := h.Credentials; c != nil && c.ok() {
				end = c.Expiration
			}
			return h.fetched.Add(fresh), end
		},
	}
}

func (s *Service) document(ctx context.Context, d Delivery) (*Document, error) {
	from := s.v2
	if d == V1 {
		from = s.v1
	}
	h, err := from.Get(ctx)
	if err != nil {
		return nil, err
	}
	if h.Document == nil {
		return nil, errors.New("no document")
	}
	return h.Document, nil
}

// serves tells whether the credentials of h are to be given out beside the newer
// facts, as EC2 gives out the same ones for a while: they are of the same role in
// the same profile and young, or nothing better has come.
func (h *held) serves(newer *held) bool {
	old, c := h.Credentials, newer.Credentials
	if old == nil || c == nil || !old.ok() || newer.fetched.After(old.Expiration) ||
		h.InstanceProfile == nil || newer.InstanceProfile == nil || *h.InstanceProfile != *newer.InstanceProfile || old.RoleName != c.RoleName {
		return false
	}
	return !c.ok() || newer.fetched.Before(old.renewal()) || !c.Expiration.After(old.Expiration)
}

func (c *Credentials) ok() bool { return c.Code == success }

// renewal is when there should be new ones: half way at the latest, so that even a
// session of 15 minutes has been replaced five minutes before it ends.
func (c *Credentials) renewal() time.Time {
	return c.LastUpdated.Add(min(oldest, c.Expiration.Sub(c.LastUpdated)/2))
}

// runs tells whether the instance is in a state in which its programs run.
func (d *Document) runs() bool {
	switch d.State {
	case "stopped", "terminated":
		return false
	}
	return true
}

func (d *Document) modified() time.Time {
	if d.Credentials != nil && d.Credentials.LastUpdated.After(d.LaunchTime) {
		return d.Credentials.LastUpdated
	}
	return d.LaunchTime
}
