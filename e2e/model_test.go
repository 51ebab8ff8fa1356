package e2e

import (
	"fmt"
	"slices"
	"strings"
)

// The model of TestBucketsAreAsInModel: what a bucket should hold, in as few words
// as may be. It knows nothing of how that is stored or asked for.

// modelBucket is one bucket and the rules that hold in it.
type modelBucket struct {
	name       string
	versioning string // "", Enabled or Suspended
	lock       bool   // Object Lock
}

// modelVersion is one version of a key.
type modelVersion struct {
	id        string // "null" for the null version, "" while the server did not tell
	marker    bool
	size      int
	sum, etag string // of the bytes; they differ for an object of parts
	tag       string // the value of its only tag, "" without
	shared    bool   // by its ACL the second account may read it
	mode      string // retention, "" for none
	until     string // when that ends
	hold      bool
}

func (v modelVersion) String() string {
	if v.marker {
		return "marker " + v.id
	}
	text := fmt.Sprintf("%s %d bytes %.6s %s", v.id, v.size, v.sum, v.etag)
	for _, more := range []struct {
		is   bool
		text string
	}{{v.tag != "", "tag " + v.tag}, {v.shared, "shared"}, {v.mode != "", v.mode + " until " + v.until}, {v.hold, "hold"}} {
		if more.is {
			text += ", " + more.text
		}
	}
	return text
}

// modelKey is the versions of a key, the newest first. It is never changed in
// place.
type modelKey []modelVersion

func (k modelKey) String() string {
	lines := make([]string, len(k))
	for i, v := range k {
		lines[i] = "\n    " + v.String()
	}
	return strings.Join(lines, "")
}

// is compares a key with what was seen of it. A version whose id nobody knows yet
// may have any.
func (k modelKey) is(seen modelKey) bool {
	return slices.EqualFunc(k, seen, func(v, s modelVersion) bool {
		if v.id == "" {
			v.id = s.id
		}
		return v == s
	})
}

// refusal is how a request fails; the zero value is that it does not.
type refusal struct {
	status int
	code   string
}

var (
	noSuchKey     = refusal{404, "NoSuchKey"}
	noSuchVersion = refusal{404, "NoSuchVersion"}
	isMarker      = refusal{405, "MethodNotAllowed"}
	preconditions = refusal{412, "PreconditionFailed"}
	denied        = refusal{403, "AccessDenied"}
)

func (k modelKey) index(id string) int {
	return slices.IndexFunc(k, func(v modelVersion) bool { return v.id == id })
}

// current is the object, nil where there is none.
func (k modelKey) current() *modelVersion {
	if len(k) == 0 || k[0].marker {
		return nil
	}
	return &k[0]
}

// read is the version that a request names with id, "" for the current one.
func (k modelKey) read(id string) (*modelVersion, refusal) {
	if id == "" {
		if v := k.current(); v != nil {
			return v, refusal{}
		}
		return nil, noSuchKey
	}
	i := k.index(id)
	switch {
	case i < 0:
		return nil, noSuchVersion
	case k[i].marker:
		return nil, isMarker
	}
	return &k[i], refusal{}
}

// change is read for requests that change something of a version: they say that a
// marker is one even if they do not name it.
func (k modelKey) change(id string) (*modelVersion, refusal) {
	if id == "" && len(k) > 0 && k[0].marker {
		return nil, isMarker
	}
	return k.read(id)
}

// write is whether a conditional write may be done.
func (k modelKey) write(ifMatch string, ifNone bool) refusal {
	v := k.current()
	switch {
	case ifNone && v != nil:
		return preconditions
	case ifMatch == "":
		return refusal{}
	case v == nil:
		return noSuchKey
	case v.etag != ifMatch:
		return preconditions
	}
	return refusal{}
}

// put is the key with one more version.
func (b *modelBucket) put(k modelKey, v modelVersion) modelKey {
	next := slices.Clone(k)
	if b.versioning != "Enabled" {
		v.id = "null"
		next = slices.DeleteFunc(next, func(old modelVersion) bool { return old.id == "null" })
	}
	return slices.Insert(next, 0, v)
}

// remove is the key after a delete that names no version.
func (b *modelBucket) remove(k modelKey) modelKey {
	if b.versioning == "" {
		return nil
	}
	return b.put(k, modelVersion{marker: true})
}

// without is the key after a version was removed for good.
func (k modelKey) without(id string) modelKey {
	return slices.DeleteFunc(slices.Clone(k), func(v modelVersion) bool { return v.id == id })
}

// with is the key after the change of one version.
func (k modelKey) with(id string, change func(*modelVersion)) modelKey {
	next := slices.Clone(k)
	change(&next[max(next.index(id), 0)])
	return next
}

// locked tells whether a version must not be removed.
func (v *modelVersion) locked(bypass bool) bool {
	return v.hold || v.mode == "COMPLIANCE" || v.mode == "GOVERNANCE" && !bypass
}

// retain is whether the retention of a version may become another. Times are of
// one form, so they compare as texts.
func (v *modelVersion) retain(mode, until string, bypass bool) refusal {
	if v.mode == "" || mode == v.mode && until >= v.until || v.mode == "GOVERNANCE" && bypass {
		return refusal{}
	}
	return denied
}
