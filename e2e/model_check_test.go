package e2e

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// listed is an entry of a list of objects or versions.
type listed struct {
	XMLName        xml.Name
	Key, VersionId string
	IsLatest       bool
	ETag           string
	Size           int
}

func (l listed) String() string {
	return fmt.Sprintf("%s %q %s latest: %v, %s, %d bytes", l.XMLName.Local, l.Key, l.VersionId, l.IsLatest, strings.Trim(l.ETag, `"`), l.Size)
}

// page is an answer of ListObjectVersions or ListObjectsV2. What it lists comes in
// the order of the answer, in which versions and delete markers are mixed.
type page struct {
	IsTruncated                                               bool
	NextKeyMarker, NextVersionIdMarker, NextContinuationToken string
	KeyCount                                                  int
	Entries                                                   []listed `xml:",any"`
}

// list lists the worker's keys in a bucket to the end, in pages of max. It returns
// false where the server does not answer, or not well.
func (w *modelWorker) list(b *modelBucket, max int, what ...string) (all []listed, well bool) {
	next := []string{}
	for range 10_000 { // a list that never ends is none
		query := append([]string{"prefix", w.name + "/", "max-keys", strconv.Itoa(max)}, append(next, what...)...)
		ans, err := w.client.send("GET", target(b.name, "", query...), nil)
		if err != nil {
			return nil, false
		}
		var p page
		if err := xml.Unmarshal(ans.body, &p); err != nil || ans.StatusCode != 200 {
			w.t.Errorf("%s: listing: %d, %v\n%s", b.name, ans.StatusCode, err, shorten(string(ans.body)))
			return nil, false
		}
		for _, e := range p.Entries {
			if e.Key != "" {
				all = append(all, e)
			}
		}
		switch {
		case !p.IsTruncated:
			return all, true
		case p.NextContinuationToken != "":
			next = []string{"continuation-token", p.NextContinuationToken}
		default:
			next = []string{"key-marker", p.NextKeyMarker, "version-id-marker", p.NextVersionIdMarker}
		}
	}
	w.t.Errorf("%s: listing the keys of %s in pages of %d does not end", b.name, w.name, max)
	return nil, false
}

func (w *modelWorker) pageSize() int {
	if w.one(2) {
		return 1000
	}
	return 1 + w.rng.IntN(5)
}

// each calls f with what each of the worker's keys in a bucket holds, in order of
// the keys.
func (w *modelWorker) each(b *modelBucket, f func(*modelSlot)) {
	slots := slices.DeleteFunc(slices.Clone(w.slots), func(s *modelSlot) bool { return s.bucket != b })
	slices.SortFunc(slots, func(x, y *modelSlot) int { return strings.Compare(x.key, y.key) })
	for _, s := range slots {
		f(s)
	}
}

func (w *modelWorker) compare(b *modelBucket, what string, got []listed, want []string) bool {
	lines := make([]string, len(got))
	for i, e := range got {
		lines[i] = e.String()
	}
	if !slices.Equal(lines, want) {
		w.t.Errorf("%s: %s of %s:\n  %s\nnot\n  %s", b.name, what, w.name, strings.Join(lines, "\n  "), strings.Join(want, "\n  "))
	}
	return true
}

// listVersions compares ListObjectVersions with the model.
func (w *modelWorker) listVersions(b *modelBucket) bool {
	got, well := w.list(b, w.pageSize(), "versions", "")
	if !well {
		return false
	}
	var want []string
	w.each(b, func(s *modelSlot) {
		for i, v := range s.now {
			l := listed{xml.Name{Local: "Version"}, s.key, v.id, i == 0, v.etag, v.size}
			if v.marker {
				l.XMLName.Local = "DeleteMarker"
			}
			want = append(want, l.String())
		}
	})
	return w.compare(b, "versions", got, want)
}

// listObjects compares ListObjectsV2 with the model.
func (w *modelWorker) listObjects(b *modelBucket) bool {
	got, well := w.list(b, w.pageSize(), "list-type", "2")
	if !well {
		return false
	}
	var want []string
	w.each(b, func(s *modelSlot) {
		if v := s.now.current(); v != nil {
			want = append(want, listed{xml.Name{Local: "Contents"}, s.key, "", false, v.etag, v.size}.String())
		}
	})
	return w.compare(b, "objects", got, want)
}

// check compares all that is stored under the worker's keys with the model. Where
// that leaves something open, what is there decides.
func (w *modelWorker) check(buckets []*modelBucket) {
	for _, b := range buckets {
		entries, well := w.list(b, w.pageSize(), "versions", "")
		if !well {
			w.t.Errorf("%s: the versions cannot be listed", b.name)
			return
		}
		seen := map[string]modelKey{}
		for _, e := range entries {
			seen[e.Key] = append(seen[e.Key], w.inspect(b, &e))
		}
		w.each(b, func(s *modelSlot) {
			may := append([]modelKey{s.now}, s.unsure...)
			i := slices.IndexFunc(may, func(k modelKey) bool { return k.is(seen[s.key]) })
			if i < 0 {
				w.fail(s, "it holds:%s\n  after requests without an answer it may also hold: %s", seen[s.key], s.unsure)
			}
			if len(may) > 1 {
				s.note("  after a restart it is %d of %d", i, len(may))
			}
			s.now, s.unsure = seen[s.key], nil
			delete(seen, s.key)
		})
		for key, k := range seen {
			w.t.Errorf("%s/%s: nobody wrote it:%s", b.name, key, k)
		}
		w.listVersions(b)
		w.listObjects(b)
	}
}

// inspect reads all there is to know of a version.
func (w *modelWorker) inspect(b *modelBucket, e *listed) modelVersion {
	if e.XMLName.Local == "DeleteMarker" {
		return modelVersion{id: e.VersionId, marker: true}
	}
	ask := func(c *plainClient, method string, query ...string) *answer {
		ans, err := c.send(method, target(b.name, e.Key, append(query, "versionId", e.VersionId)...), nil)
		if err != nil || ans.StatusCode != 200 && (c == w.client || ans.StatusCode != 403) {
			w.t.Errorf("%s/%s: %s of version %s: %v, %v", b.name, e.Key, method, e.VersionId, ans, err)
			return &answer{}
		}
		return ans
	}
	get := ask(w.client, "GET")
	if get.Response == nil {
		return modelVersion{id: e.VersionId}
	}
	v := versionOf(get)
	v.id = e.VersionId
	if get.Header.Get("X-Amz-Tagging-Count") != "" {
		var out struct {
			TagSet struct{ Tag []struct{ Key, Value string } }
		}
		xml.Unmarshal(ask(w.client, "GET", "tagging", "").body, &out)
		for _, t := range out.TagSet.Tag {
			v.tag += t.Value
		}
	}
	if other := ask(w.other, "HEAD"); other.Response != nil {
		v.shared = other.StatusCode == 200
	}
	return v
}
