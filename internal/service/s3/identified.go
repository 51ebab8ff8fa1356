package s3

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// Of some kinds of configuration a bucket has several, told apart by ids:
// inventory, analytics, metrics and intelligent tiering.

const (
	maxIdentified  = 1000 // of a kind in a bucket
	identifiedPage = 100  // in one answer
)

var configurationID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// checkConfigurationID checks the id of a request, and that the document, which
// names it again, has the same.
func checkConfigurationID(id, inDocument *string) error {
	if value(id) != value(inDocument) {
		return api.MalformedXML()
	}
	if !configurationID.MatchString(value(id)) {
		return fail("InvalidConfigurationId", "")
	}
	return nil
}

// putIdentified gives a bucket a configuration in place of the one of that id.
func putIdentified[T any](ctx context.Context, s *Service, bucket, expectedOwner *string, kind store.Kind, id string, c *T) error {
	return putConfiguration(ctx, s, bucket, expectedOwner, kind, id, c, func(t *store.Txn, b *store.Bucket) error {
		return belowLimit(&t.Reader, b, kind, id)
	})
}

// belowLimit refuses one more configuration than a bucket may have.
func belowLimit(r *store.Reader, b *store.Bucket, kind store.Kind, id string) error {
	_, err := r.Configuration(b, kind, id)
	if !errors.Is(err, store.ErrNoSuchConfiguration) {
		return err
	}
	n := 0
	err = r.ScanConfigurations(b, kind, "", func(string, []byte) error {
		n++
		return nil
	})
	if err == nil && n >= maxIdentified {
		err = fail("TooManyConfigurations", "")
	}
	return err
}

// deleteIdentified takes away a configuration, which must be there, and with it
// what is kept of its kind of state.
func (s *Service) deleteIdentified(ctx context.Context, bucket, expectedOwner *string, kind, state store.Kind, id string) error {
	return s.store.Update(ctx, func(t *store.Txn) error {
		b, err := openBucket(&t.Reader, bucket, expectedOwner)
		if err != nil {
			return err
		}
		err = t.DeleteConfiguration(b, kind, id)
		if errors.Is(err, store.ErrNoSuchConfiguration) {
			return api.NoSuchConfiguration("NoSuchConfiguration", b.Name)
		}
		if err != nil || state == 0 {
			return err
		}
		if b, err = t.Bucket(b.Name); err != nil {
			return err
		}
		err = t.DeleteConfiguration(b, state, id)
		if errors.Is(err, store.ErrNoSuchConfiguration) {
			return nil
		}
		return err
	})
}

// identifiedList is one answer of a list of configurations.
type identifiedList[T any] struct {
	list            []T
	next, continued *string
	truncated       bool
}

// listIdentified lists the configurations of a kind in the order of their ids.
func listIdentified[T any](ctx context.Context, s *Service, bucket, expectedOwner, token *string, kind store.Kind) (l identifiedList[T], err error) {
	l.continued = token
	err = s.store.View(ctx, func(r *store.Reader) error {
		l.list, l.next, l.truncated = nil, nil, false
		b, err := openBucket(r, bucket, expectedOwner)
		if err != nil {
			return err
		}
		name := "configurations " + strconv.Itoa(int(kind)) + " " + strconv.FormatUint(uint64(b.ID), 16)
		after := ""
		if token != nil {
			if after, err = resume(name, *token); err != nil {
				return err
			}
		}
		return r.ScanConfigurations(b, kind, after, func(id string, document []byte) error {
			if len(l.list) == identifiedPage {
				l.truncated, l.next = true, continuation(name, after)
				return kv.Stop
			}
			c, err := readConfiguration[T](document)
			if err != nil {
				return err
			}
			l.list, after = append(l.list, *c), id
			return nil
		})
	})
	return l, err
}

// reportBucket reads the bucket of a destination, which is given by its ARN.
func reportBucket(arn *string) (string, error) {
	name, ok := strings.CutPrefix(value(arn), "arn:aws:s3:::")
	switch {
	case !ok && strings.HasPrefix(value(arn), "arn:aws:s3:"):
		return "", fail("InvalidS3DestinationBucket", "Bucket ARN should not specify a namespace.")
	case !ok || !possibleName(name):
		return "", fail("InvalidS3DestinationBucket", "")
	}
	return name, nil
}

// objectFilter is the filter of a metrics, an analytics or an intelligent tiering
// configuration, which have it in structures of their own.
type objectFilter struct {
	prefix      *string
	tag         *api.Tag
	accessPoint *string
	and         *objectAnd
}

type objectAnd struct {
	prefix      *string
	tags        []api.Tag
	accessPoint *string
}

// check refuses a filter that has none or more than one of its elements, and a
// conjunction of less than two.
func (f *objectFilter) check() error {
	given := 0
	for _, is := range []bool{f.prefix != nil, f.tag != nil, f.accessPoint != nil, f.and != nil} {
		if is {
			given++
		}
	}
	if given != 1 {
		return api.MalformedXML()
	}
	tags := []api.Tag{}
	if f.tag != nil {
		tags = append(tags, *f.tag)
	}
	if and := f.and; and != nil {
		parts := len(and.tags)
		for _, is := range []bool{and.prefix != nil, and.accessPoint != nil} {
			if is {
				parts++
			}
		}
		if parts < 2 {
			return api.MalformedXML()
		}
		tags = and.tags
	}
	return checkFilterTags(tags)
}

func checkFilterTags(tags []api.Tag) error {
	seen := map[string]bool{}
	for i := range tags {
		k, v := value(tags[i].Key), value(tags[i].Value)
		switch {
		case k == "" || len([]rune(k)) > 128:
			return api.InvalidTag("The TagKey you have provided is invalid", k)
		case len([]rune(v)) > 256:
			return api.InvalidTag("The TagValue you have provided is invalid", k)
		case seen[k]:
			return api.InvalidTag("Cannot provide multiple Tags with the same key", k)
		}
		seen[k] = true
	}
	return nil
}

// matches tells whether an object is meant; tag is the value of its tag of a key.
// A nil filter means all.
func (f *objectFilter) matches(key, accessPoint string, tag func(key string) (string, bool)) bool {
	if f == nil {
		return true
	}
	and := objectAnd{prefix: f.prefix, accessPoint: f.accessPoint}
	if f.tag != nil {
		and.tags = []api.Tag{*f.tag}
	}
	if f.and != nil {
		and = *f.and
	}
	if !strings.HasPrefix(key, value(and.prefix)) || and.accessPoint != nil && *and.accessPoint != accessPoint {
		return false
	}
	for i := range and.tags {
		if v, ok := tag(value(and.tags[i].Key)); !ok || v != value(and.tags[i].Value) {
			return false
		}
	}
	return true
}

// tagIn is the value of a tag among those of an object.
func tagIn(tags []store.Tag) func(key string) (string, bool) {
	return func(key string) (string, bool) {
		for i := range tags {
			if tags[i].Key == key {
				return tags[i].Value, true
			}
		}
		return "", false
	}
}
