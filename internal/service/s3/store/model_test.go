package store

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
)

// model is what a bucket with versioning should hold: the versions of each key,
// the newest first.
type model struct {
	state    Versioning
	versions map[string][]*modelVersion
}

type modelVersion struct {
	id     ID // zero for the null version
	marker bool
	data   []byte
	tag    string
}

// push puts a version on top, and takes away the null version it replaces.
func (m *model) push(key string, v *modelVersion) {
	if m.state != VersioningEnabled {
		m.versions[key] = slices.DeleteFunc(m.versions[key], func(old *modelVersion) bool { return old.id.IsZero() })
	}
	m.versions[key] = slices.Insert(m.versions[key], 0, v)
}

func (m *model) forget(key string, i int) {
	m.versions[key] = slices.Delete(m.versions[key], i, i+1)
}

// listed is what ListVersions is to say, a line for each.
func (m *model) listed() (lines []string) {
	keys := make([]string, 0, len(m.versions))
	for k := range m.versions {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		for i, v := range m.versions[k] {
			lines = append(lines, versionLine(k, v.id, i == 0, v.marker))
		}
	}
	return lines
}

func versionLine(key string, id ID, latest, marker bool) string {
	return fmt.Sprintf("%q %s %v %v", key, id, latest, marker)
}

// modelKeys share prefixes, and one holds what keys of rows escape.
var modelKeys = []string{"a", "a/b", "a/b\x00", "a/c", "b", "b\x00c", "é"}

type modelTest struct {
	*fixture
	model
	random *rand.Rand
	gone   []ID // of versions that were removed
}

func (m *modelTest) key() string { return modelKeys[m.random.IntN(len(modelKeys))] }

// step does one random thing to the store and to the model.
func (m *modelTest) step() {
	m.t.Helper()
	key := m.key()
	switch n := m.random.IntN(20); {
	case n < 8:
		data := random(m.random.Uint64(), []int{0, 10, 40_000}[m.random.IntN(3)])
		o := m.put(key, data)
		m.push(key, &modelVersion{id: o.Version, data: data})
	case n < 11:
		m.deleteKey(key)
	case n < 15 && len(m.versions[key]) > 0:
		m.deleteVersion(key, m.random.IntN(len(m.versions[key])))
	case n < 17 && len(m.versions[key]) > 0:
		m.retag(key, m.versions[key][m.random.IntN(len(m.versions[key]))])
	case n < 18 && m.state != Unversioned:
		m.set(Unversioned + 1 + Versioning(m.random.IntN(2)))
	case n < 19:
		m.multipart(key)
	}
}

func (m *modelTest) set(v Versioning) {
	m.state = v
	m.versioning(v)
}

func (m *modelTest) deleteKey(key string) {
	var marker *Object
	err := m.Update(m.ctx, func(t *Txn) (err error) {
		marker, _, err = t.DeleteObject(m.bucket, key, account)
		return err
	})
	switch {
	case m.state == Unversioned && len(m.versions[key]) == 0:
		if !errors.Is(err, ErrNoSuchObject) {
			m.t.Fatalf("deleting nothing: %v", err)
		}
	case err != nil:
		m.t.Fatal(err)
	case m.state == Unversioned:
		delete(m.versions, key)
	default:
		m.push(key, &modelVersion{id: marker.Version, marker: true})
	}
}

func (m *modelTest) deleteVersion(key string, i int) {
	v := m.versions[key][i]
	err := m.Update(m.ctx, func(t *Txn) error {
		o, err := t.ObjectVersion(m.bucket.ID, key, v.id)
		if err != nil {
			return err
		}
		return t.DeleteVersion(m.bucket, o)
	})
	if err != nil {
		m.t.Fatal(err)
	}
	m.gone = append(m.gone, v.id)
	m.forget(key, i)
}

func (m *modelTest) retag(key string, v *modelVersion) {
	v.tag = fmt.Sprint(m.random.Uint64())
	err := m.Update(m.ctx, func(t *Txn) error {
		o, err := t.ObjectVersion(m.bucket.ID, key, v.id)
		if err != nil {
			return err
		}
		o.Tags = []Tag{{"t", v.tag}}
		return t.UpdateObject(m.bucket, o)
	})
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *modelTest) multipart(key string) {
	u := m.begin(key)
	data := [][]byte{random(m.random.Uint64(), 40_000), random(m.random.Uint64(), 10)}
	m.finish(u, m.part(u, 1, data[0]), m.part(u, 2, data[1]))
	var id ID
	err := m.View(m.ctx, func(r *Reader) error {
		c, err := r.Completed(m.bucket.ID, key, u.ID)
		if err == nil {
			id = c.Version
		}
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	m.push(key, &modelVersion{id: id, data: bytes.Join(data, nil)})
}

// check compares everything that can be read with the model.
func (m *modelTest) check() {
	m.t.Helper()
	for _, key := range modelKeys {
		m.checkKey(key)
	}
	want := m.listed()
	for _, limit := range []int{1, 2, 3, 1000} {
		if got := m.pages(limit); !slices.Equal(got, want) {
			m.t.Fatalf("in pages of %d:\n%s\nwant\n%s", limit, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	var objects []string
	for _, key := range modelKeys {
		if v := m.versions[key]; len(v) > 0 && !v[0].marker {
			objects = append(objects, key)
		}
	}
	slices.Sort(objects)
	if got := m.list(Listing{}, 1000); !slices.Equal(got, objects) {
		m.t.Fatalf("listed %q, want %q", got, objects)
	}
	if _, found := m.scrub(ScrubOptions{}); len(found) > 0 {
		m.t.Fatalf("damage: %q", found)
	}
}

func (m *modelTest) checkKey(key string) {
	m.t.Helper()
	versions := m.versions[key]
	err := m.View(m.ctx, func(r *Reader) error {
		o, err := r.Object(m.bucket.ID, key)
		if len(versions) == 0 && !errors.Is(err, ErrNoSuchObject) || len(versions) > 0 && (err != nil || o.Version != versions[0].id || !o.Latest) {
			m.t.Fatalf("%q: current %+v, %v", key, o, err)
		}
		for _, id := range append([]ID{{1}, {}}, m.gone...) {
			if slices.ContainsFunc(versions, func(v *modelVersion) bool { return v.id == id }) {
				continue
			}
			if _, err := r.ObjectVersion(m.bucket.ID, key, id); !errors.Is(err, ErrNoSuchObject) {
				m.t.Fatalf("%q: version %s that is not there: %v", key, id, err)
			}
		}
		return nil
	})
	if err != nil {
		m.t.Fatal(err)
	}
	for i, v := range versions {
		sn, err := m.Snapshot(m.ctx, func(r *Reader) (*Bucket, *Object, error) {
			o, err := r.ObjectVersion(m.bucket.ID, key, v.id)
			return m.bucket, o, err
		})
		if err != nil {
			m.t.Fatal(err)
		}
		o := sn.Object
		if o.DeleteMarker != v.marker || o.Latest != (i == 0) || v.tag != "" && (len(o.Tags) != 1 || o.Tags[0].Value != v.tag) ||
			!bytes.Equal(m.read(sn, 0, o.Size), v.data) {
			m.t.Fatalf("%q version %d is %+v", key, i, o)
		}
	}
}

// pages lists all versions in pages of limit.
func (m *modelTest) pages(limit int) (lines []string) {
	m.t.Helper()
	after, before := "", uint64(0)
	for {
		n := 0
		err := m.View(m.ctx, func(r *Reader) error {
			return r.ListVersions(m.bucket.ID, Listing{After: after}, before, func(e *VersionEntry) error {
				if n == limit {
					return kv.Stop
				}
				n++
				after, before = e.Key, e.Sequence
				lines = append(lines, versionLine(e.Key, e.Version, e.Latest, e.DeleteMarker))
				return nil
			}, nil)
		})
		if err != nil {
			m.t.Fatal(err)
		}
		if n < limit {
			return lines
		}
	}
}

// Random sequences of writes, deletes and changes of the versioning state leave
// what a simple model says, and a store that the scrubber finds no fault with.
func TestVersionsAreAsInModel(t *testing.T) {
	for seed := range uint64(6) {
		m := &modelTest{fixture: newFixture(t), random: rand.New(rand.NewPCG(seed, 1)),
			model: model{versions: map[string][]*modelVersion{}}}
		for i := range 150 {
			if i == 20 {
				m.set(VersioningEnabled)
			}
			m.step()
			if i%3 == 0 {
				m.check()
			}
		}
		m.check()
		m.collect()
		for key, versions := range m.versions {
			for range versions {
				m.deleteVersion(key, m.random.IntN(len(m.versions[key])))
			}
		}
		m.check()
		m.collect()
		m.nothing()
	}
}
