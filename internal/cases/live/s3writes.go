package live

import (
	"net/url"
	"strings"
)

// createBucket carries in its headers and body what is asked besides.
func (a *s3ask) createBucket() {
	r := &a.p.c.Request
	takesACL := takes(a.rest, "s3:PutBucketAcl", a.resource)
	if takesACL || allowed(a.p.besides("s3:PutBucketAcl", a.resource)) {
		if !a.inHeaders(aclHeaders) && takesACL {
			a.set("X-Amz-Acl", "private", "s3:x-amz-acl")
		}
	}
	ownership := r.Text("s3:x-amz-object-ownership")
	takesOwnership := takes(a.rest, "s3:PutBucketOwnershipControls", a.resource)
	switch {
	case ownership != "" && (takesOwnership || allowed(a.p.besides("s3:PutBucketOwnershipControls", a.resource))):
		a.header.Set("X-Amz-Object-Ownership", ownership)
		a.sent = append(a.sent, "s3:x-amz-object-ownership")
	case takesOwnership:
		a.set("X-Amz-Object-Ownership", "BucketOwnerEnforced", "s3:x-amz-object-ownership")
	}
	lock := takes(a.rest, "s3:PutBucketObjectLockConfiguration", a.resource)
	if versioning := takes(a.rest, "s3:PutBucketVersioning", a.resource); lock || versioning {
		a.header.Set("X-Amz-Bucket-Object-Lock-Enabled", "true")
	}
	a.createBody(r.Text("s3:locationconstraint"))
}

func (a *s3ask) createBody(location string) {
	var inner string
	if location != "" && location != region {
		inner = "<LocationConstraint>" + escapeXML.Replace(location) + "</LocationConstraint>"
		a.sent = append(a.sent, "s3:locationconstraint")
	}
	if takes(a.rest, "s3:TagResource", a.resource) {
		inner += "<Tags>" + tagElements(a.tagsOf("aws:RequestTag/", "aws:TagKeys")) + "</Tags>"
	}
	if inner != "" {
		a.body = []byte("<CreateBucketConfiguration" + xmlns + ">" + inner + "</CreateBucketConfiguration>")
	}
}

func allowed(err error) bool { return err == nil }

// putObject is an upload, a copy if another object is read besides, or the begin
// of a multipart upload if it is said to create nothing.
func (a *s3ask) putObject() error {
	r := &a.p.c.Request
	a.inHeaders(writeHeaders)
	if strings.EqualFold(r.Text("s3:ObjectCreationOperation"), "false") {
		a.op = s3op{operation: "CreateMultipartUpload", method: "POST", query: "uploads"}
		a.body = nil
	} else if err := a.conditional(); err != nil {
		return err
	}
	a.sent = append(a.sent, "s3:ObjectCreationOperation")
	if err := a.objectACL(); err != nil {
		return err
	}
	if err := a.objectTags(); err != nil {
		return err
	}
	a.objectLock()
	if a.first {
		a.copy()
	}
	return nil
}

func (a *s3ask) objectACL() error {
	asked := takes(a.rest, "s3:PutObjectAcl", a.resource)
	headers := map[string]string{}
	for k, v := range aclHeaders {
		if k != "s3:x-amz-grant-write" {
			headers[k] = v
		}
	}
	any := a.inHeaders(headers)
	switch {
	case asked && !any:
		a.set("X-Amz-Acl", "bucket-owner-full-control", "s3:x-amz-acl")
	case any && !asked:
		return a.p.besides("s3:PutObjectAcl", a.resource)
	}
	return nil
}

func (a *s3ask) objectTags() error {
	asked := takes(a.rest, "s3:PutObjectTagging", a.resource)
	_, named := a.p.c.Request.Key("s3:RequestObjectTagKeys")
	if !asked && !named && len(a.p.c.Request.Tags("s3:RequestObjectTag/")) == 0 {
		return nil
	}
	if !asked && !allowed(a.p.besides("s3:PutObjectTagging", a.resource)) {
		return nil // the tags' keys are put in place without them
	}
	pairs := url.Values{}
	for k, v := range a.tagsOf("s3:RequestObjectTag/", "s3:RequestObjectTagKeys") {
		pairs.Set(k, v)
	}
	a.header.Set("X-Amz-Tagging", pairs.Encode())
	return nil
}

// objectLock carries the lock that is asked for besides.
func (a *s3ask) objectLock() {
	retained := takes(a.rest, "s3:PutObjectRetention", a.resource)
	held := takes(a.rest, "s3:PutObjectLegalHold", a.resource)
	if retained || held {
		a.inHeaders(lockHeaders)
	}
	if retained && a.header.Get("X-Amz-Object-Lock-Mode") == "" {
		a.set("X-Amz-Object-Lock-Mode", "GOVERNANCE", "s3:object-lock-mode")
	}
	if retained && a.header.Get("X-Amz-Object-Lock-Retain-Until-Date") == "" {
		a.set("X-Amz-Object-Lock-Retain-Until-Date", "2099-01-01T00:00:00Z", "s3:object-lock-retain-until-date")
	}
	if held && a.header.Get("X-Amz-Object-Lock-Legal-Hold") == "" {
		a.set("X-Amz-Object-Lock-Legal-Hold", "ON", "s3:object-lock-legal-hold")
	}
}

// conditional sends If-Match and If-None-Match; the first asks to read the object.
func (a *s3ask) conditional() error {
	a.inHeaders(matchHeaders)
	if a.header.Get("If-Match") == "" {
		return nil
	}
	a.p.needed[a.bucket+"/"+a.key] = true
	if a.header.Get("If-Match") == "*" && strings.HasPrefix(a.name, "delete") || takes(a.rest, "s3:GetObject", a.resource) {
		return nil
	}
	return a.p.besides("s3:GetObject", a.resource)
}

// copy makes a copy of it if another object is read besides.
func (a *s3ask) copy() {
	source, ok := a.p.c.CopySource()
	if !ok {
		return
	}
	bucket, key, _ := strings.Cut(source, "/")
	if !a.p.bucket(bucket) {
		return
	}
	header := "/" + bucket + "/" + escape(key)
	if takes(a.rest, "s3:GetObjectVersion", "arn:aws:s3:::"+source) {
		header += "?versionId=null"
	} else {
		takes(a.rest, "s3:GetObject", "arn:aws:s3:::"+source)
	}
	a.p.needed[source] = true
	a.op = s3op{operation: "CopyObject", method: "PUT"}
	a.body = nil
	a.header.Set("X-Amz-Copy-Source", header)
	a.sent = append(a.sent, "s3:x-amz-copy-source")
	a.inHeaders(map[string]string{"s3:x-amz-metadata-directive": "X-Amz-Metadata-Directive"})
	if a.header.Get("X-Amz-Tagging") != "" {
		a.header.Set("X-Amz-Tagging-Directive", "REPLACE")
	}
}

func (a *s3ask) deleteObject() error {
	if takes(a.rest, "s3:BypassGovernanceRetention", a.resource) {
		a.header.Set("X-Amz-Bypass-Governance-Retention", "true")
	}
	return a.conditional()
}
