package e2e

import (
	"bytes"
	"crypto/md5"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// step does one random thing. It returns false once the server does not answer.
func (w *modelWorker) step() bool {
	w.attempts++
	s := w.pick()
	switch n := w.rng.IntN(100); {
	case n < 20:
		return w.put(s)
	case n < 28:
		return w.part()
	case n < 34:
		return w.copy(s)
	case n < 47:
		return w.read(s)
	case n < 53:
		return w.deleteKey(s)
	case n < 68:
		return w.deleteVersion(s)
	case n < 72:
		return w.deleteMany(s.bucket)
	case n < 78:
		return w.tagging(s)
	case n < 84:
		return w.acl(s)
	case n < 92 && s.bucket.lock:
		if w.one(2) {
			return w.legalHold(s)
		}
		return w.retain(s)
	case n < 96:
		return w.listVersions(s.bucket)
	default:
		return w.listObjects(s.bucket)
	}
}

func (w *modelWorker) put(s *modelSlot) bool {
	data := w.bytes()
	v := modelVersion{size: len(data), sum: md5Of(data), etag: md5Of(data)}
	header := append(contentMD5(data), w.describe(s.bucket, &v, true)...)
	condition, refused := w.condition(s.now)
	return w.try(s, &attempt{what: fmt.Sprint("put ", v, condition), method: "PUT", header: append(header, condition...), body: data,
		refused: refused, status: 200, next: s.bucket.put(s.now, v), made: true,
		succeeds: func(a *answer) any { return differ(a.Header.Get("ETag"), `"`+v.etag+`"`) }})
}

// differ is nil for the same.
func differ[T comparable](got, want T) any {
	if got == want {
		return nil
	}
	return fmt.Sprintf("%v, not %v", got, want)
}

// part goes on with a multipart upload, which may have begun before the server
// was killed.
func (w *modelWorker) part() bool {
	u := w.upload
	switch {
	case u == nil:
		return w.begin(w.pick())
	case len(u.parts) == 0 || len(u.parts) == 1 && len(u.parts[0]) >= 5<<20:
		data := w.bytes()
		if len(u.parts) == 0 && w.one(12) {
			data = noise(fmt.Sprint(w.name, w.attempts), 5<<20)
		}
		number := strconv.Itoa(len(u.parts) + 1)
		return w.try(u.slot, &attempt{what: "part " + number, method: "PUT", query: []string{"uploadId", u.id, "partNumber", number}, header: contentMD5(data), body: data,
			status: 200, next: u.slot.now, succeeds: func(*answer) any {
				u.parts = append(u.parts, data)
				return nil
			}})
	case w.one(6):
		w.upload = nil
		return w.try(u.slot, &attempt{what: "abort", method: "DELETE", query: []string{"uploadId", u.id}, status: 204, next: u.slot.now})
	}
	return w.complete(u)
}

func (w *modelWorker) begin(s *modelSlot) bool {
	u := &modelUpload{slot: s}
	header := w.describe(s.bucket, &u.as, true)
	return w.try(s, &attempt{what: "begin an upload", method: "POST", query: []string{"uploads", ""}, header: header, status: 200, next: s.now,
		succeeds: func(a *answer) any {
			var out struct{ UploadId string }
			if err := xml.Unmarshal(a.body, &out); err != nil || out.UploadId == "" {
				return string(a.body)
			}
			u.id, w.upload = out.UploadId, u
			return nil
		}})
}

func (w *modelWorker) complete(u *modelUpload) bool {
	v := u.as
	var body, sums strings.Builder
	body.WriteString(`<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`)
	for i, part := range u.parts {
		sum := md5.Sum(part)
		sums.Write(sum[:])
		v.size += len(part)
		fmt.Fprintf(&body, "<Part><PartNumber>%d</PartNumber><ETag>%x</ETag></Part>", i+1, sum)
	}
	body.WriteString("</CompleteMultipartUpload>")
	v.sum, v.etag = md5Of(bytes.Join(u.parts, nil)), fmt.Sprintf("%s-%d", md5Of([]byte(sums.String())), len(u.parts))
	condition, refused := w.condition(u.slot.now)
	if refused == (refusal{}) {
		w.upload = nil
	}
	return w.try(u.slot, &attempt{what: fmt.Sprint("complete ", v, condition), method: "POST", query: []string{"uploadId", u.id},
		header: condition, body: []byte(body.String()), refused: refused, status: 200, next: u.slot.bucket.put(u.slot.now, v), made: true,
		succeeds: func(a *answer) any {
			var out struct{ ETag string }
			xml.Unmarshal(a.body, &out)
			return differ(out.ETag, `"`+v.etag+`"`)
		}})
}

// copy makes a version of what any of the worker's keys holds or held.
func (w *modelWorker) copy(s *modelSlot) bool {
	from := w.pick()
	id := w.version(from)
	v := modelVersion{}
	header := append(w.describe(s.bucket, &v, false), "X-Amz-Metadata-Directive", "REPLACE")
	source, refused := from.now.read(id)
	if refused == isMarker {
		refused = refusal{400, "InvalidRequest"}
	}
	if source != nil {
		v.size, v.sum, v.etag = source.size, source.sum, source.sum
	}
	if v.tag != "" {
		header = append(header, "X-Amz-Tagging-Directive", "REPLACE")
	} else if source != nil {
		v.tag = source.tag
	}
	path := target(from.bucket.name, from.key, "versionId", id)
	header = append(header, "X-Amz-Copy-Source", strings.TrimSuffix(path, "?"))
	return w.try(s, &attempt{what: fmt.Sprintf("copy %s as %s", path, v), method: "PUT", header: header,
		refused: refused, status: 200, next: s.bucket.put(s.now, v), made: true,
		succeeds: func(a *answer) any {
			var out struct{ ETag string }
			xml.Unmarshal(a.body, &out)
			return differ(out.ETag, `"`+v.etag+`"`)
		}})
}

// read reads a version, as either of the accounts.
func (w *modelWorker) read(s *modelSlot) bool {
	id := w.version(s)
	method := []string{"GET", "HEAD"}[w.rng.IntN(2)]
	a := &attempt{what: method + " " + id, method: method, query: []string{"versionId", id}, status: 200, next: s.now}
	v, refused := s.now.read(id)
	a.refused = refused
	if w.one(3) {
		a.what, a.as = a.what+" as the other", w.other
		if v == nil || !v.shared {
			a.refused = denied
		}
	}
	a.succeeds = func(ans *answer) any {
		seen := versionOf(ans)
		want := *v
		want.tag, want.shared = "", false
		if method == "HEAD" {
			seen.sum, seen.size = want.sum, int(ans.ContentLength)
		}
		if a.as != nil { // whoever may read need not know of the lock
			want.mode, want.until, want.hold = "", "", false
		}
		if s.bucket.versioning == "" {
			want.id = ""
		}
		if a.as == nil && (v.tag != "") != (ans.Header.Get("X-Amz-Tagging-Count") == "1") {
			return "tags are " + ans.Header.Get("X-Amz-Tagging-Count")
		}
		return differ(seen, want)
	}
	return w.try(s, a)
}

// versionOf is what an answer to GET tells of a version.
func versionOf(a *answer) modelVersion {
	return modelVersion{
		id: a.Header.Get("X-Amz-Version-Id"), size: len(a.body), sum: md5Of(a.body), etag: strings.Trim(a.Header.Get("ETag"), `"`),
		mode: a.Header.Get("X-Amz-Object-Lock-Mode"), until: lockTime(a.Header.Get("X-Amz-Object-Lock-Retain-Until-Date")),
		hold: a.Header.Get("X-Amz-Object-Lock-Legal-Hold") == "ON",
	}
}

// lockTime is a time without fractions of a second.
func lockTime(text string) string { return strings.Replace(text, ".000Z", "Z", 1) }

func (w *modelWorker) deleteKey(s *modelSlot) bool {
	var header []string
	var refused refusal
	if w.one(3) {
		header, refused = w.ifMatch(s.now)
	}
	a := &attempt{what: fmt.Sprint("delete ", header), method: "DELETE", header: header, refused: refused, status: 204,
		next: s.bucket.remove(s.now), made: s.bucket.versioning != ""}
	a.succeeds = func(ans *answer) any {
		return differ(ans.Header.Get("X-Amz-Delete-Marker"), map[bool]string{true: "true"}[a.made])
	}
	if s.bucket.versioning == "" {
		s.forget("null")
	}
	return w.try(s, a)
}

func (s *modelSlot) forget(id string) {
	if s.gone = append(s.gone, id); len(s.gone) > 5 {
		s.gone = s.gone[1:]
	}
}

func (w *modelWorker) deleteVersion(s *modelSlot) bool {
	id := w.version(s)
	if id == "" {
		id = "null"
	}
	bypass, header := w.bypass(s.bucket)
	a := &attempt{what: fmt.Sprint("delete version ", id, header), method: "DELETE", query: []string{"versionId", id}, header: header,
		status: 204, next: s.now.without(id)}
	marker := ""
	if i := s.now.index(id); i >= 0 {
		if s.now[i].locked(bypass) {
			a.refused = denied
		} else {
			s.forget(id)
		}
		if s.now[i].marker {
			marker = "true"
		}
	}
	a.succeeds = func(ans *answer) any { return differ(ans.Header.Get("X-Amz-Delete-Marker"), marker) }
	return w.try(s, a)
}

// deleteMany is DeleteObjects of some of the worker's keys in a bucket, with and
// without versions. Each of them goes, or not, by itself.
func (w *modelWorker) deleteMany(b *modelBucket) bool {
	type deletion struct {
		s       *modelSlot
		id      string
		next    modelKey
		made    bool
		refused bool
	}
	many := map[string]*deletion{}
	bypass, header := w.bypass(b)
	var body strings.Builder
	body.WriteString("<Delete>")
	for _, s := range w.slots {
		if s.bucket != b || w.one(2) {
			continue
		}
		d := &deletion{s: s, id: w.version(s)}
		many[s.key] = d
		body.WriteString("<Object><Key>" + strings.ReplaceAll(s.key, "&", "&amp;") + "</Key>")
		if d.id == "" {
			d.next, d.made = b.remove(s.now), b.versioning != ""
		} else {
			i := s.now.index(d.id)
			d.next, d.refused = s.now.without(d.id), i >= 0 && s.now[i].locked(bypass)
			body.WriteString("<VersionId>" + d.id + "</VersionId>")
		}
		body.WriteString("</Object>")
		s.note("delete with others %s %v", d.id, header)
	}
	body.WriteString("</Delete>")
	if len(many) == 0 {
		return true
	}
	text := []byte(body.String())
	ans, err := w.client.send("POST", target(b.name, "", "delete", ""), text, append(header, contentMD5(text)...)...)
	if err != nil {
		for _, d := range many {
			if d.s.note("  no answer: %v", err); !d.refused && !neverArrived(err) {
				d.s.unsure = append(d.s.unsure, d.next)
			}
		}
		return false
	}
	var out struct {
		Deleted []struct{ Key, VersionId, DeleteMarkerVersionId string }
		Error   []struct{ Key, Code string }
	}
	if err := xml.Unmarshal(ans.body, &out); err != nil || ans.StatusCode != 200 || len(out.Deleted)+len(out.Error) != len(many) {
		w.t.Errorf("%s: deleting %s: answered %d\n%s", w.name, body.String(), ans.StatusCode, shorten(string(ans.body)))
		return true
	}
	for _, e := range out.Error {
		d := many[e.Key]
		if delete(many, e.Key); d == nil {
			w.t.Errorf("%s: %s %q, which nobody deletes", b.name, e.Code, e.Key)
		} else if !d.refused || e.Code != "AccessDenied" {
			w.fail(d.s, "deleting %s with others: %s", d.id, e.Code)
		}
	}
	for _, o := range out.Deleted {
		d := many[o.Key]
		if delete(many, o.Key); d == nil {
			w.t.Errorf("%s: deleted %q, which nobody deletes", b.name, o.Key)
			continue
		} else if d.refused {
			w.fail(d.s, "%s is locked and was deleted with others", d.id)
		}
		if d.made && b.versioning == "Enabled" {
			d.next[0].id = o.DeleteMarkerVersionId
		}
		if d.id != "" {
			d.s.forget(d.id)
		}
		d.s.now = d.next
	}
	return true
}

// tagging changes or removes the tags of a version.
func (w *modelWorker) tagging(s *modelSlot) bool {
	id := w.version(s)
	a := &attempt{method: "DELETE", status: 204, query: []string{"tagging", "", "versionId", id}}
	tag := ""
	if w.one(3) {
		a.what = "untag " + id
	} else {
		tag = fmt.Sprint("changed ", w.attempts)
		a.what, a.method, a.status = "tag "+id+" "+tag, "PUT", 200
		a.body = []byte("<Tagging><TagSet><Tag><Key>n</Key><Value>" + tag + "</Value></Tag></TagSet></Tagging>")
		a.header = contentMD5(a.body)
	}
	return w.change(s, id, a, func(v *modelVersion) { v.tag = tag })
}

// change is a request that changes something of a version.
func (w *modelWorker) change(s *modelSlot, id string, a *attempt, change func(*modelVersion)) bool {
	v, refused := s.now.change(id)
	if refused != (refusal{}) {
		a.refused = refused
	}
	if v != nil {
		a.next = s.now.with(id, change)
	}
	return w.try(s, a)
}

func (w *modelWorker) acl(s *modelSlot) bool {
	id, shared := w.version(s), w.one(2)
	return w.change(s, id, &attempt{what: fmt.Sprint("ACL ", id, " shared: ", shared), method: "PUT", status: 200,
		query: []string{"acl", "", "versionId", id}, header: w.grants(shared)}, func(v *modelVersion) { v.shared = shared })
}

func (w *modelWorker) legalHold(s *modelSlot) bool {
	id, status := w.version(s), []string{"ON", "OFF", "OFF"}[w.rng.IntN(3)]
	body := []byte("<LegalHold><Status>" + status + "</Status></LegalHold>")
	return w.change(s, id, &attempt{what: "hold " + id + " " + status, method: "PUT", status: 200, query: []string{"legal-hold", "", "versionId", id},
		header: contentMD5(body), body: body}, func(v *modelVersion) { v.hold = status == "ON" })
}

// retain changes a version's retention, or lifts it.
func (w *modelWorker) retain(s *modelSlot) bool {
	id := w.version(s)
	mode, until := w.retention()
	body := []byte("<Retention><Mode>" + mode + "</Mode><RetainUntilDate>" + until + "</RetainUntilDate></Retention>")
	if w.one(3) {
		mode, until, body = "", "", []byte("<Retention></Retention>")
	}
	bypass, header := w.bypass(s.bucket)
	a := &attempt{what: fmt.Sprintf("retain %s %s %s %v", id, mode, until, header), method: "PUT", status: 200,
		query: []string{"retention", "", "versionId", id}, header: append(header, contentMD5(body)...), body: body}
	if v, _ := s.now.change(id); v != nil {
		a.refused = v.retain(mode, until, bypass)
	}
	return w.change(s, id, a, func(v *modelVersion) { v.mode, v.until = mode, until })
}
