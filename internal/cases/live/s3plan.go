package live

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/internal/cases"
)

// s3ask is a request to S3 while it is planned.
type s3ask struct {
	*ask
	p           *player
	op          s3op
	name        string // the action's, in lower case without s3:
	bucket, key string
	rest        map[[2]string]bool
	first       bool // of the case's requests
}

func (p *player) planS3(action, resource string, rest map[[2]string]bool) (*ask, error) {
	a := &s3ask{
		ask: &ask{action: action, resource: resource, service: "s3", header: http.Header{}},
		p:   p, name: strings.TrimPrefix(cases.Action(action), "s3:"), rest: rest, first: rest != nil,
	}
	if err := a.find(); err != nil {
		return nil, err
	}
	for _, besides := range a.op.besides {
		if !takes(rest, besides, resource) {
			if err := p.besides(besides, resource); err != nil {
				return nil, err
			}
		}
	}
	a.common()
	var err error
	switch a.name {
	case "listbucket", "listbucketversions":
		a.inQuery(listing)
	case "createbucket":
		a.createBucket()
	case "putbucketpolicy":
		a.body = a.policy()
	case "putbucketacl", "putobjectacl", "putobjectversionacl":
		a.acl()
	case "putbuckettagging":
		a.tags("aws:RequestTag/", "aws:TagKeys")
	case "putobjecttagging", "putobjectversiontagging":
		a.tags("s3:RequestObjectTag/", "s3:RequestObjectTagKeys")
	case "putobject":
		err = a.putObject()
	case "deleteobject", "deleteobjectversion":
		err = a.deleteObject()
	}
	if err == nil && !p.g.Serves("s3", a.op.operation) {
		err = cannot("%s is not served", a.op.operation)
	}
	a.method, a.query = a.op.method, join(a.op.query, a.query)
	return a.ask, err
}

// find finds the operation and what it is on.
func (a *s3ask) find() error {
	if a.name == "listallmybuckets" {
		a.op, a.path = s3op{operation: "ListBuckets", method: http.MethodGet}, "/"
		return nil
	}
	bucket, key, object, ok := arn.SplitS3(a.resource)
	if !ok {
		return cannot("%s is not asked on %s", a.action, a.resource)
	}
	ops := onBuckets
	a.bucket, a.key, a.path = bucket, key, "/"+bucket
	if object {
		ops = onObjects
		a.path += "/" + escape(key)
	}
	if a.op, ok = ops[a.name]; !ok {
		return cannot("no request asks %s on %s", a.action, a.resource)
	}
	exists := a.p.bucket(bucket)
	switch {
	case a.name == "createbucket" && exists:
		return cannot("the bucket to create is there")
	case a.name != "createbucket" && !exists:
		return cannot("the bucket %s is not in the case", bucket)
	case object && key == "":
		return cannot("an object has a key")
	}
	if object && a.op.existing {
		a.p.needed[bucket+"/"+key] = true
	}
	a.body = []byte(a.op.body)
	return nil
}

func (p *player) bucket(name string) bool {
	for _, a := range p.c.Accounts {
		if a.Buckets[name] != nil {
			return true
		}
	}
	return false
}

// common adds what any request may carry.
func (a *s3ask) common() {
	r := &a.p.c.Request
	if a.first && r.ExpectedBucketOwner != "" {
		a.header.Set("X-Amz-Expected-Bucket-Owner", r.ExpectedBucketOwner)
	}
	if r.RequestPayer {
		a.header.Set("X-Amz-Request-Payer", "requester")
	}
	if strings.HasSuffix(a.op.operation, "Attributes") {
		a.header.Set("X-Amz-Object-Attributes", "ObjectSize")
	}
	if strings.Contains(a.name, "version") && a.key != "" {
		version := r.Text("s3:versionid")
		if version == "" {
			version, a.made = "null", append(a.made, "s3:versionid")
		}
		a.query = join(a.query, "versionId="+url.QueryEscape(version))
		a.sent = append(a.sent, "s3:versionid")
	}
}

func join(queries ...string) string {
	return strings.Join(slices.DeleteFunc(queries, func(q string) bool { return q == "" }), "&")
}

// inQuery sends keys as query parameters.
func (a *s3ask) inQuery(names map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(names)) {
		v, ok := a.p.c.Request.Key(key)
		if _, err := strconv.ParseUint(a.p.c.Request.Text(key), 10, 31); key == "s3:max-keys" && err != nil {
			continue // nothing that S3 would look at
		}
		if ok && len(v.List) == 1 {
			a.query = join(a.query, names[key]+"="+strings.ReplaceAll(url.QueryEscape(v.List[0]), "+", "%20"))
			a.sent = append(a.sent, key)
		}
	}
}

// inHeaders sends keys as headers and tells whether there is any.
func (a *s3ask) inHeaders(names map[string]string) (any bool) {
	for key, header := range names {
		if v, ok := a.p.c.Request.Key(key); ok && len(v.List) == 1 && v.List[0] != "" {
			a.header.Set(header, v.List[0])
			a.sent = append(a.sent, key)
			any = true
		}
	}
	return any
}

// set sends a header of a key that the case does not name.
func (a *s3ask) set(header, value, key string) {
	a.header.Set(header, value)
	a.made = append(a.made, key)
}

func (a *s3ask) acl() {
	if !a.inHeaders(aclHeaders) {
		a.set("X-Amz-Acl", "bucket-owner-full-control", "s3:x-amz-acl")
	}
}

func (a *s3ask) policy() []byte {
	if !given(a.p.c.Request.BodyPolicy) {
		return []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"` +
			a.resource + `/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`)
	}
	return a.p.c.BodyText()
}

// tags makes a Tagging body.
func (a *s3ask) tags(family, names string) {
	a.body = []byte("<Tagging" + xmlns + "><TagSet>" + tagElements(a.tagsOf(family, names)) + "</TagSet></Tagging>")
}

// tagsOf are the tags that the context speaks of, by pairs or by names, and notes
// that the request carries them.
func (a *s3ask) tagsOf(family, names string) map[string]string {
	tags := a.p.c.Request.Tags(family)
	for k := range tags {
		a.sent = append(a.sent, family+k)
	}
	if v, ok := a.p.c.Request.Key(names); ok {
		for _, k := range v.List {
			if _, ok := tags[k]; !ok {
				tags[k] = "value"
			}
		}
		a.sent = append(a.sent, names)
	} else if len(tags) == 0 {
		tags["made-up"] = "value"
		a.made = append(a.made, names)
	}
	return tags
}

func tagElements(tags map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		b.WriteString("<Tag><Key>" + escapeXML.Replace(k) + "</Key><Value>" + escapeXML.Replace(tags[k]) + "</Value></Tag>")
	}
	return b.String()
}

var escapeXML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
