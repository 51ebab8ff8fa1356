package s3

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"

	"github.com/sallyport/sallyport/internal/wire"
)

// formFields are the fields of a browser's form, beside those that begin with
// x-amz-, that say what PutObject's headers of the same name say.
var formFields = map[string]bool{
	"cache-control": true, "content-disposition": true, "content-encoding": true, "content-language": true,
	"content-md5": true, "content-type": true, "expires": true,
}

// notHeaders are fields that begin with x-amz- and belong to the form's signature.
var notHeaders = map[string]bool{
	"x-amz-algorithm": true, "x-amz-credential": true, "x-amz-date": true, "x-amz-signature": true,
	"x-amz-security-token": true,
}

// PostHeader is a browser's form, by lower-case names, as the headers of the
// PutObject that it stands for. Fields that mean nothing to S3 are left out.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
func PostHeader(fields map[string]string) (http.Header, error) {
	h := http.Header{}
	for name, value := range fields {
		switch {
		case name == "acl":
			h.Set("x-amz-acl", value)
		case name == "tagging":
			tags, err := postTagging(value)
			if err != nil {
				return nil, err
			}
			h.Set("x-amz-tagging", tags)
		case name == "x-amz-acl" && fields["acl"] != "", name == "x-amz-tagging" && fields["tagging"] != "":
		case formFields[name], strings.HasPrefix(name, "x-amz-") && !notHeaders[name]:
			h.Set(name, value)
		}
	}
	return h, nil
}

// postTagging turns the XML of a form's tagging field, which is PutObjectTagging's
// body, into the text of x-amz-tagging.
func postTagging(document string) (string, error) {
	op := API().Operation("PutObjectTagging")
	in, err := op.Decode(&wire.Request{
		Method: op.Method, Bucket: "bucket", Key: "key",
		Body: wire.NewBody(bytes.NewReader([]byte(document))), Length: int64(len(document)),
	})
	if err == nil {
		err = op.Validate(in)
	}
	if err != nil {
		return "", err
	}
	var pairs []string
	seen := map[string]bool{}
	for _, t := range in.(*PutObjectTaggingInput).Tagging.TagSet {
		var key, value string
		if t.Key != nil {
			key = *t.Key
		}
		if t.Value != nil {
			value = *t.Value
		}
		if seen[key] {
			return "", NewError("InvalidTag", "Cannot provide multiple Tags with the same key", field("TagKey", key))
		}
		seen[key] = true
		pairs = append(pairs, url.QueryEscape(key)+"="+url.QueryEscape(value))
	}
	return strings.Join(pairs, "&"), nil
}
