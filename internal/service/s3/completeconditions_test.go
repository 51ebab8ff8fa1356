package s3

import (
	"sync"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/wire"
)

// Whoever completes a conditional upload that fails may complete it later.
func TestCompleteConditions(t *testing.T) {
	f := newFixture(t)
	id := f.begin(&api.CreateMultipartUploadInput{})
	part := f.part(id, 1, []byte("parts"))
	complete := func(match, noneMatch *string) error {
		in := completeInput(id, part)
		in.IfMatch, in.IfNoneMatch = match, noneMatch
		_, err := f.CompleteMultipartUpload(f.ctx, in)
		return err
	}
	wantError(t, complete(p(`"x"`), nil), "NoSuchKey", "Key=k")
	etag := f.put("k", []byte("whole")).ETag
	wantError(t, complete(nil, p("*")), "PreconditionFailed", "Condition=If-None-Match")
	wantError(t, complete(p(`"x"`), nil), "PreconditionFailed", "Condition=If-Match")
	wantError(t, complete(nil, etag), "NotImplemented", "If-None-Match")
	if string(f.object("k")) != "whole" {
		t.Error("a refused completion replaced the object")
	}
	if err := complete(etag, nil); err != nil {
		t.Fatal(err)
	}
	if string(f.object("k")) != "parts" {
		t.Error("the object is another")
	}
}

// Of several uploads that may only make a new object, one does.
func TestConditionalCompleteRace(t *testing.T) {
	f := newFixture(t)
	const rivals = 8
	var inputs [rivals]*api.CompleteMultipartUploadInput
	for i := range inputs {
		id := f.begin(&api.CreateMultipartUploadInput{})
		inputs[i] = completeInput(id, f.part(id, 1, []byte{byte('a' + i)}))
		inputs[i].IfNoneMatch = p("*")
	}
	var all sync.WaitGroup
	var errs [rivals]error
	for i := range inputs {
		all.Go(func() { _, errs[i] = f.CompleteMultipartUpload(f.ctx, inputs[i]) })
	}
	all.Wait()
	won := ""
	for i, err := range errs {
		e, refused := wire.AsError(err)
		switch {
		case err == nil && won == "":
			won = string(byte('a' + i))
		case err == nil:
			t.Error("two have won")
		case !refused || e.Code != "PreconditionFailed" && e.Code != "ConditionalRequestConflict":
			t.Error(err)
		}
	}
	if got := string(f.object("k")); won == "" || got != won {
		t.Errorf("%q won and %q is there", won, got)
	}
}
