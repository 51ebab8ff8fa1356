package s3

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// versioning sets the state of the fixture's bucket.
func (f *fixture) versioning(status string) {
	f.t.Helper()
	_, err := f.PutBucketVersioning(f.ctx, &api.PutBucketVersioningInput{Bucket: p("bucket"),
		VersioningConfiguration: &api.VersioningConfiguration{Status: &status}})
	if err != nil {
		f.t.Fatal(err)
	}
}

// remove deletes a key, or the version of it unless version is empty.
func (f *fixture) remove(key, version string) *api.DeleteObjectOutput {
	f.t.Helper()
	out, err := f.DeleteObject(f.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: &key, VersionId: set(version)})
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

func versionInput(key, version string) *api.GetObjectInput {
	return &api.GetObjectInput{Bucket: p("bucket"), Key: &key, VersionId: &version}
}

// listed is what a listing of versions says, a line for each; names stand for the
// ids.
func (f *fixture) listed(in *api.ListObjectVersionsInput, names map[string]string) (lines []string, out *api.ListObjectVersionsOutput) {
	f.t.Helper()
	in.Bucket = p("bucket")
	out, err := f.ListObjectVersions(f.ctx, in)
	if err != nil {
		f.t.Fatal(err)
	}
	line := func(kind string, key, id *string, latest *bool) {
		name, ok := names[*id]
		if !ok {
			name = *id
		}
		s := kind + " " + *key + " " + name
		if *latest {
			s += " latest"
		}
		lines = append(lines, s)
	}
	versions := out.Versions
	version := func() {
		v := versions[0]
		line("version", v.Key, v.VersionId, v.IsLatest)
		versions = versions[1:]
	}
	for _, m := range out.DeleteMarkers {
		if m.Key == nil {
			version()
		} else {
			line("marker", m.Key, m.VersionId, m.IsLatest)
		}
	}
	for len(versions) > 0 {
		version()
	}
	for _, c := range out.CommonPrefixes {
		lines = append(lines, "prefix "+*c.Prefix)
	}
	return lines, out
}

// headerOf is a header of an error.
func headerOf(err error, name string) string {
	e, ok := wire.AsError(err)
	if !ok {
		return ""
	}
	return e.Header.Get(name)
}

func TestBucketVersioning(t *testing.T) {
	f := newFixture(t)
	var mfaDelete string
	state := func() string {
		out, err := f.GetBucketVersioning(f.ctx, &api.GetBucketVersioningInput{Bucket: p("bucket")})
		if err != nil {
			t.Fatal(err)
		}
		mfaDelete = value(out.MFADelete)
		return value(out.Status)
	}
	if state() != "" {
		t.Error("a new bucket is", state())
	}
	f.versioning("Enabled")
	for i, c := range []struct {
		c    *api.VersioningConfiguration
		mfa  *string
		code string
		text string
	}{
		{nil, nil, "MalformedXML", ""},
		{&api.VersioningConfiguration{}, nil, "IllegalVersioningConfigurationException", "The Versioning element must be specified"},
		{&api.VersioningConfiguration{MFADelete: p("Disabled")}, nil, "IllegalVersioningConfigurationException", ""},
		{&api.VersioningConfiguration{Status: p("enabled")}, nil, "MalformedXML", ""},
		{&api.VersioningConfiguration{Status: p("")}, nil, "MalformedXML", ""},
		{&api.VersioningConfiguration{Status: p("Enabled"), MFADelete: p("on")}, nil, "MalformedXML", ""},
		{&api.VersioningConfiguration{Status: p("Suspended"), MFADelete: p("Enabled")}, nil, "AccessDenied", "Mfa Authentication must be used"},
		{&api.VersioningConfiguration{Status: p("Suspended"), MFADelete: p("Enabled")}, p("20899872 301749"), "AccessDenied", ""},
	} {
		_, err := f.PutBucketVersioning(f.ctx, &api.PutBucketVersioningInput{Bucket: p("bucket"), VersioningConfiguration: c.c, MFA: c.mfa})
		wantError(t, err, c.code, c.text)
		if state() != "Enabled" || mfaDelete != "" {
			t.Errorf("case %d changed the state to %q", i, state())
		}
	}
	_, err := f.PutBucketVersioning(f.ctx, &api.PutBucketVersioningInput{Bucket: p("bucket"),
		VersioningConfiguration: &api.VersioningConfiguration{Status: p("Suspended"), MFADelete: p("Disabled")}})
	if err != nil || state() != "Suspended" || mfaDelete != "Disabled" {
		t.Errorf("%v, %q", err, state())
	}
	f.versioning("Enabled")
	err = f.store.Update(f.ctx, func(t *store.Txn) error {
		b, err := t.Bucket("bucket")
		if err != nil {
			return err
		}
		return t.PutConfiguration(b, store.ObjectLock, "", []byte("{}"))
	})
	if err != nil {
		t.Fatal(err)
	}
	f.versioning("Enabled")
	_, err = f.PutBucketVersioning(f.ctx, &api.PutBucketVersioningInput{Bucket: p("bucket"),
		VersioningConfiguration: &api.VersioningConfiguration{Status: p("Suspended")}})
	wantError(t, err, "InvalidBucketState", "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.")
}

func TestVersionsOfAnObject(t *testing.T) {
	f := newFixture(t)
	if out := f.put("k", []byte("null")); out.VersionId != nil {
		t.Error("a version id without versioning")
	}
	if out, _ := f.get(getInput("k")); out.VersionId != nil {
		t.Error("a version id without versioning")
	}
	f.versioning("Enabled")
	if out, _ := f.get(getInput("k")); value(out.VersionId) != "null" {
		t.Errorf("what was there before is version %v", value(out.VersionId))
	}
	one, two := value(f.put("k", []byte("one")).VersionId), value(f.put("k", []byte("two")).VersionId)
	names := map[string]string{one: "1", two: "2"}
	if one == two || len(one) != 22 {
		t.Fatalf("versions %q, %q", one, two)
	}
	for version, want := range map[string]string{"null": "null", one: "one", two: "two"} {
		out, data := f.get(versionInput("k", version))
		head, err := f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("bucket"), Key: p("k"), VersionId: &version})
		if err != nil || string(data) != want || *out.VersionId != version || *head.VersionId != version {
			t.Errorf("%s is %q, %v", version, data, err)
		}
	}
	gone := f.remove("k", "")
	marker := value(gone.VersionId)
	names[marker] = "m"
	if !value(gone.DeleteMarker) || marker == "" {
		t.Errorf("deleted: %+v", gone)
	}
	_, err := f.GetObject(f.ctx, getInput("k"))
	wantError(t, err, "NoSuchKey", "Key=k")
	if headerOf(err, "x-amz-delete-marker") != "true" || headerOf(err, "x-amz-version-id") != marker {
		t.Errorf("headers of %v", err)
	}
	_, err = f.GetObject(f.ctx, versionInput("k", marker))
	wantError(t, err, "MethodNotAllowed", "ResourceType=DeleteMarker")
	if headerOf(err, "x-amz-delete-marker") != "true" || headerOf(err, "x-amz-version-id") != marker || headerOf(err, "Allow") != "DELETE" ||
		headerOf(err, "Last-Modified") != "Fri, 02 Jan 2026 03:04:05 GMT" {
		t.Errorf("headers of %v", err)
	}
	want := []string{"marker k m latest", "version k 2", "version k 1", "version k null"}
	if got, _ := f.listed(&api.ListObjectVersionsInput{}, names); !slices.Equal(got, want) {
		t.Errorf("listed %q", got)
	}
	if out := f.remove("k", marker); !value(out.DeleteMarker) || *out.VersionId != marker {
		t.Errorf("undeleted: %+v", out)
	}
	if string(f.object("k")) != "two" {
		t.Error("the object did not come back")
	}
	if out := f.remove("k", two); out.DeleteMarker != nil || *out.VersionId != two {
		t.Errorf("version deleted: %+v", out)
	}
	if string(f.object("k")) != "one" {
		t.Error("the version before did not become the current one")
	}
	for range 2 {
		if out := f.remove("k", two); out.DeleteMarker != nil || *out.VersionId != two {
			t.Errorf("deleted twice: %+v", out)
		}
	}
	f.versioning("Suspended")
	if out := f.put("k", []byte("null again")); value(out.VersionId) != "null" {
		t.Errorf("suspended: version %v", out.VersionId)
	}
	if got, _ := f.listed(&api.ListObjectVersionsInput{}, names); !slices.Equal(got, []string{"version k null latest", "version k 1"}) {
		t.Errorf("listed %q", got)
	}
	if out := f.remove("k", ""); !value(out.DeleteMarker) || *out.VersionId != "null" {
		t.Errorf("suspended: %+v", out)
	}
	if got, _ := f.listed(&api.ListObjectVersionsInput{}, names); !slices.Equal(got, []string{"marker k null latest", "version k 1"}) {
		t.Errorf("listed %q", got)
	}
	if out := f.remove("never", ""); !value(out.DeleteMarker) {
		t.Errorf("deleting nothing: %+v", out)
	}
}

func TestWrongVersions(t *testing.T) {
	f := newFixture(t)
	f.versioning("Enabled")
	f.put("k", nil)
	other := value(f.put("other", nil).VersionId)
	for version, code := range map[string]string{"": "InvalidArgument", "null": "NoSuchVersion", other: "NoSuchVersion", "abc": "InvalidArgument",
		strings.Repeat("A", 22): "InvalidArgument", other + "x": "InvalidArgument", "Null": "InvalidArgument"} {
		text := "VersionId=" + version
		if code == "InvalidArgument" {
			text = "Invalid version id specified\nArgumentName=versionId\nArgumentValue=" + version
		}
		if version == "" {
			text = "Version id cannot be the empty string"
		}
		_, err := f.GetObject(f.ctx, versionInput("k", version))
		wantError(t, err, code, text)
		_, err = f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("bucket"), Key: p("k"), VersionId: &version})
		wantError(t, err, code, text)
		_, err = f.GetObjectTagging(f.ctx, &api.GetObjectTaggingInput{Bucket: p("bucket"), Key: p("k"), VersionId: &version})
		wantError(t, err, code, text)
		_, err = f.PutObjectAcl(f.ctx, &api.PutObjectAclInput{Bucket: p("bucket"), Key: p("k"), VersionId: &version, ACL: p("private")})
		wantError(t, err, code, text)
		_, err = f.DeleteObject(f.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("k"), VersionId: &version})
		if code == "InvalidArgument" {
			wantError(t, err, code, text)
		} else if err != nil {
			t.Error(err)
		}
	}
	_, err := f.DeleteObject(f.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("k"), VersionId: &other, IfMatch: p("*")})
	wantError(t, err, "NotImplemented", "Header=If-Match")
}

// TestMarkersHaveNothing: what only objects have is a 405 to a delete marker.
func TestMarkersHaveNothing(t *testing.T) {
	f := newFixture(t)
	f.versioning("Enabled")
	f.put("k", nil)
	marker := f.remove("k", "").VersionId
	for _, version := range []*string{nil, marker} {
		_, err := f.GetObjectTagging(f.ctx, &api.GetObjectTaggingInput{Bucket: p("bucket"), Key: p("k"), VersionId: version})
		wantError(t, err, "MethodNotAllowed", "Method=GET\nResourceType=DeleteMarker")
		_, err = f.PutObjectTagging(f.ctx, &api.PutObjectTaggingInput{Bucket: p("bucket"), Key: p("k"), VersionId: version, Tagging: &api.Tagging{TagSet: []api.Tag{}}})
		wantError(t, err, "MethodNotAllowed", "Method=PUT\nResourceType=DeleteMarker")
		_, err = f.DeleteObjectTagging(f.ctx, &api.DeleteObjectTaggingInput{Bucket: p("bucket"), Key: p("k"), VersionId: version})
		wantError(t, err, "MethodNotAllowed", "Method=DELETE\nResourceType=DeleteMarker")
		_, err = f.PutObjectAcl(f.ctx, &api.PutObjectAclInput{Bucket: p("bucket"), Key: p("k"), VersionId: version, ACL: p("private")})
		wantError(t, err, "MethodNotAllowed", "Method=PUT\nResourceType=DeleteMarker")
		f.denied["s3:ListBucket"] = version == nil
		_, err = f.PutObjectTagging(f.ctx, &api.PutObjectTaggingInput{Bucket: p("bucket"), Key: p("k"), VersionId: version, Tagging: &api.Tagging{TagSet: []api.Tag{}}})
		wantError(t, err, map[bool]string{true: "AccessDenied", false: "MethodNotAllowed"}[version == nil], "")
		f.denied["s3:ListBucket"] = false
	}
	for version, code := range map[*string]string{nil: "NoSuchKey", marker: "MethodNotAllowed"} {
		_, err := f.GetObjectAcl(f.ctx, &api.GetObjectAclInput{Bucket: p("bucket"), Key: p("k"), VersionId: version})
		wantError(t, err, code, "")
		_, err = f.GetObjectAttributes(f.ctx, &api.GetObjectAttributesInput{Bucket: p("bucket"), Key: p("k"), VersionId: version, ObjectAttributes: []string{"ETag"}})
		wantError(t, err, code, "")
		source := "bucket/k"
		if version != nil {
			source += "?versionId=" + *version
			code = "InvalidRequest"
		}
		_, err = f.CopyObject(f.ctx, &api.CopyObjectInput{Bucket: p("bucket"), Key: p("to"), CopySource: &source})
		wantError(t, err, code, "")
	}
}

func TestTagsAndACLsOfVersions(t *testing.T) {
	f := newFixture(t)
	f.versioning("Enabled")
	in := putInput("k", nil)
	in.Tagging = p("v=1")
	first, err := f.PutObject(f.ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	f.put("k", nil)
	tags := func(version *string) string {
		out, err := f.GetObjectTagging(f.ctx, &api.GetObjectTaggingInput{Bucket: p("bucket"), Key: p("k"), VersionId: version})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(len(out.TagSet)) + " " + value(out.VersionId)
	}
	if got := tags(first.VersionId); got != "1 "+*first.VersionId {
		t.Errorf("got %q", got)
	}
	if got := tags(nil); !strings.HasPrefix(got, "0 ") {
		t.Errorf("got %q", got)
	}
	put, err := f.PutObjectTagging(f.ctx, &api.PutObjectTaggingInput{Bucket: p("bucket"), Key: p("k"), VersionId: first.VersionId,
		Tagging: &api.Tagging{TagSet: []api.Tag{{Key: p("a"), Value: p("b")}, {Key: p("c"), Value: p("d")}}}})
	if err != nil || *put.VersionId != *first.VersionId || tags(first.VersionId) != "2 "+*first.VersionId || !strings.HasPrefix(tags(nil), "0 ") {
		t.Errorf("%+v, %v", put, err)
	}
	out, _ := f.get(versionInput("k", *first.VersionId))
	if value(out.TagCount) != 2 {
		t.Errorf("%d tags", value(out.TagCount))
	}
	f.denied["s3:GetObjectVersionTagging"] = true
	if out, _ := f.get(versionInput("k", *first.VersionId)); out.TagCount != nil {
		t.Error("the count of a version's tags needs the permission on the version's")
	}
	del, err := f.DeleteObjectTagging(f.ctx, &api.DeleteObjectTaggingInput{Bucket: p("bucket"), Key: p("k"), VersionId: first.VersionId})
	if err != nil || *del.VersionId != *first.VersionId || tags(first.VersionId) != "0 "+*first.VersionId {
		t.Errorf("%+v, %v", del, err)
	}
}

func TestRestoreByCopy(t *testing.T) {
	f := newFixture(t)
	f.versioning("Enabled")
	first := value(f.put("k", []byte("first")).VersionId)
	f.put("k", []byte("second"))
	self := "bucket/k"
	_, err := f.CopyObject(f.ctx, &api.CopyObjectInput{Bucket: p("bucket"), Key: p("k"), CopySource: &self})
	wantError(t, err, "InvalidRequest", "to itself")
	source := "bucket/k?versionId=" + first
	out, err := f.CopyObject(f.ctx, &api.CopyObjectInput{Bucket: p("bucket"), Key: p("k"), CopySource: &source})
	if err != nil {
		t.Fatal(err)
	}
	if *out.CopySourceVersionId != first || out.VersionId == nil || *out.VersionId == first || string(f.object("k")) != "first" {
		t.Errorf("%+v", out)
	}
	wrong := "bucket/k?versionId=" + value(f.put("else", nil).VersionId)
	_, err = f.CopyObject(f.ctx, &api.CopyObjectInput{Bucket: p("bucket"), Key: p("k"), CopySource: &wrong})
	wantError(t, err, "NoSuchVersion", "")
	id := f.begin(&api.CreateMultipartUploadInput{})
	part, err := f.UploadPartCopy(f.ctx, &api.UploadPartCopyInput{Bucket: p("bucket"), Key: p("k"), UploadId: &id, PartNumber: p(int32(1)), CopySource: &source})
	if err != nil || *part.CopySourceVersionId != first {
		t.Fatalf("%+v, %v", part, err)
	}
	in := completeInput(id, api.CompletedPart{ETag: part.CopyPartResult.ETag, PartNumber: p(int32(1))})
	done, err := f.CompleteMultipartUpload(f.ctx, in)
	if err != nil || done.VersionId == nil {
		t.Fatalf("%+v, %v", done, err)
	}
	again, err := f.CompleteMultipartUpload(f.ctx, in)
	if err != nil || *again.VersionId != *done.VersionId {
		t.Errorf("repeated: %+v, %v", again, err)
	}
	if got, _ := f.get(getInput("k")); *got.VersionId != *done.VersionId {
		t.Error("the upload is not the current version")
	}
}

func TestConditionsAndMarkers(t *testing.T) {
	f := newFixture(t)
	f.versioning("Enabled")
	f.put("k", []byte("x"))
	in := putInput("k", []byte("y"))
	in.IfNoneMatch = p("*")
	_, err := f.PutObject(f.ctx, in)
	wantError(t, err, "PreconditionFailed", "If-None-Match")
	f.remove("k", "")
	in = putInput("k", []byte("y"))
	in.IfMatch = p("*")
	_, err = f.PutObject(f.ctx, in)
	wantError(t, err, "NoSuchKey", "")
	_, err = f.DeleteObject(f.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("k"), IfMatch: p("*")})
	wantError(t, err, "NoSuchKey", "")
	in = putInput("k", []byte("y"))
	in.IfNoneMatch = p("*")
	if _, err = f.PutObject(f.ctx, in); err != nil {
		t.Error(err)
	}
	_, err = f.DeleteObject(f.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("k"), IfMatch: p(`"wrong"`)})
	wantError(t, err, "PreconditionFailed", "If-Match")
	out, err := f.DeleteObject(f.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("k"), IfMatch: p("*")})
	if err != nil || !value(out.DeleteMarker) {
		t.Errorf("%+v, %v", out, err)
	}
}

// allowing is a context in which everything is allowed.
func allowing(ctx context.Context) context.Context {
	return deciding(ctx, func(string, string, *policy.Values) error { return nil })
}

func TestDeleteObjectsWithVersions(t *testing.T) {
	f := newFixture(t)
	f.versioning("Enabled")
	v := value(f.put("a", nil).VersionId)
	m := value(f.remove("b", "").VersionId)
	version, marker, missing := keyed("a"), keyed("b"), keyed("none")
	version.VersionId, marker.VersionId, missing.VersionId = &v, &m, &v
	conditional := keyed("a")
	conditional.VersionId, conditional.ETag = &v, p("*")
	out, err := f.DeleteObjects(allowing(f.ctx), deletes(false, keyed("new"), conditional, version, marker, missing))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range out.Deleted {
		got = append(got, fmt.Sprintf("%s %s %v %s", *d.Key, value(d.VersionId), value(d.DeleteMarker), value(d.DeleteMarkerVersionId)))
	}
	latest, _ := f.listed(&api.ListObjectVersionsInput{}, nil)
	if len(latest) != 1 {
		t.Fatalf("left: %q", latest)
	}
	made := strings.Fields(latest[0])[2]
	want := []string{"new  true " + made, "a " + v + " false ", "b " + m + " true " + m, "none " + v + " false "}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(out.Errors) != 1 || *out.Errors[0].Code != "NotImplemented" {
		t.Errorf("errors %+v", out.Errors)
	}
}

func TestListObjectVersionsPages(t *testing.T) {
	f := newFixture(t)
	names := map[string]string{}
	for i, key := range []string{"a", "a", "b/x", "b/y", "c", "d e"} {
		if i == 1 {
			f.versioning("Enabled")
		}
		names[value(f.put(key, nil).VersionId)] = fmt.Sprint(i)
	}
	names[value(f.remove("c", "").VersionId)] = "m"
	for _, limit := range []int32{1, 2, 3, 1000} {
		var all []string
		in := &api.ListObjectVersionsInput{MaxKeys: &limit, Delimiter: p("/"), EncodingType: p("url")}
		for {
			lines, out := f.listed(in, names)
			all = append(all, lines...)
			if !*out.IsTruncated {
				if out.NextKeyMarker != nil || out.NextVersionIdMarker != nil {
					t.Errorf("the last page has markers")
				}
				break
			}
			if len(lines) != int(limit) {
				t.Errorf("%d of %d", len(lines), limit)
			}
			if in.VersionIdMarker != nil && (*out.VersionIdMarker != *in.VersionIdMarker || *out.KeyMarker != *in.KeyMarker) {
				t.Errorf("%+v repeats other markers", out)
			}
			in.KeyMarker, in.VersionIdMarker = out.NextKeyMarker, out.NextVersionIdMarker
		}
		slices.Sort(all)
		want := []string{"marker c m latest", "prefix b/", "version a 1 latest", "version a null", "version c 4", "version d%20e 5 latest"}
		if !slices.Equal(all, want) {
			t.Errorf("pages of %d: %q", limit, all)
		}
	}
	// Deletion of what a page ended with does not lose the rest.
	lines, out := f.listed(&api.ListObjectVersionsInput{MaxKeys: p(int32(2))}, names)
	if !slices.Equal(lines, []string{"version a 1 latest", "version a null"}) || *out.NextVersionIdMarker != "null" {
		t.Fatalf("%q %+v", lines, out)
	}
	f.remove("a", "null")
	lines, _ = f.listed(&api.ListObjectVersionsInput{MaxKeys: p(int32(2)), KeyMarker: p("a"), VersionIdMarker: p("null")}, names)
	if !slices.Equal(lines, []string{"version a 1 latest", "version b/x 2 latest"}) {
		t.Errorf("%q", lines)
	}
	if lines, out := f.listed(&api.ListObjectVersionsInput{MaxKeys: p(int32(0))}, names); len(lines) > 0 || *out.IsTruncated {
		t.Errorf("%q", lines)
	}
}

// TestVersionPermissions: where a version is named, other permissions are asked,
// and with its id.
func TestVersionPermissions(t *testing.T) {
	f := newFixture(t)
	f.versioning("Enabled")
	v := f.put("k", []byte("x")).VersionId
	var asked []string
	ctx := deciding(t.Context(), func(action, _ string, v *policy.Values) error {
		asked = append(asked, action+" "+v.Get(policy.KeyS3VersionID))
		return nil
	})
	o := keyed("k")
	o.VersionId, o.ETag = v, p(`"x"`)
	if _, err := f.DeleteObjects(ctx, deletes(false, o, keyed("k"))); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(asked, []string{"s3:DeleteObjectVersion " + *v, "s3:DeleteObject "}) {
		t.Errorf("asked %q", asked)
	}
	f.denied["s3:GetObjectVersion"] = true
	out, err := f.DeleteObjects(ctx, deletes(false, o))
	if err != nil || len(out.Errors) != 1 || *out.Errors[0].Code != "AccessDenied" {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestVersionAskedOn: a permission that was asked on a version counts for what
// that version was then.
func TestVersionAskedOn(t *testing.T) {
	f := newFixture(t)
	f.versioning("Enabled")
	in := putInput("k", []byte("x"))
	in.Tagging = p("a=1")
	out, err := f.PutObject(f.ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	f.put("k", []byte("y"))
	ctx := store.Steady(f.ctx)
	get := versionInput("k", *out.VersionId)
	access := &wire.Access{Action: "s3:GetObjectVersion", Resource: kindObject}
	target, err := f.Target(ctx, access, get)
	if err != nil || target.S3.Object.Tags == nil {
		t.Fatalf("%+v, %v", target, err)
	}
	if _, err := f.GetObject(ctx, get); err != nil {
		t.Error(err)
	}
	if current, err := f.Target(store.Steady(f.ctx), &wire.Access{Action: "s3:GetObject", Resource: kindObject}, getInput("k")); err != nil || current.S3.Object.Tags != nil {
		t.Errorf("%+v, %v", current, err)
	}
	_, err = f.DeleteObjectTagging(f.ctx, &api.DeleteObjectTaggingInput{Bucket: p("bucket"), Key: p("k"), VersionId: out.VersionId})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.GetObject(ctx, get)
	wantError(t, err, "ServiceUnavailable", "")
	if _, err := f.GetObject(ctx, getInput("k")); err != nil {
		t.Errorf("the current version: %v", err)
	}
}

func TestLockedVersions(t *testing.T) {
	f := newFixture(t)
	f.versioning("Enabled")
	v := f.put("k", nil).VersionId
	id, _ := store.ParseID(*v)
	err := f.store.Update(f.ctx, func(t *store.Txn) error {
		b, err := t.Bucket("bucket")
		if err != nil {
			return err
		}
		o, err := t.ObjectVersion(b.ID, "k", id)
		if err != nil {
			return err
		}
		o.Mode, o.Until = store.Compliance, f.clock().Add(time.Hour)
		return t.UpdateObject(b, o)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.DeleteObject(f.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("k"), VersionId: v})
	wantError(t, err, "AccessDenied", "Access Denied because object protected by object lock.")
	o := keyed("k")
	o.VersionId = v
	out, err := f.DeleteObjects(allowing(f.ctx), deletes(false, keyed("k"), o))
	if err != nil || len(out.Deleted) != 1 || len(out.Errors) != 1 || *out.Errors[0].Code != "AccessDenied" {
		t.Errorf("%+v, %v", out, err)
	}
	if _, err := f.GetObject(f.ctx, versionInput("k", *v)); err != nil {
		t.Error(err)
	}
	_, err = f.DeleteBucket(f.ctx, &api.DeleteBucketInput{Bucket: p("bucket")})
	wantError(t, err, "BucketNotEmpty", "You must delete all versions in the bucket.")
	if errors.Is(err, store.ErrLocked) {
		t.Error(err)
	}
}
