package live

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/policy"
)

// keyring is how the condition keys of the case's request become what the case
// says they are.
type keyring struct {
	drop   []string                // by-products of sending it
	inject map[string]policyValues // what no client could have sent
}

type policyValues struct {
	list []string
	many bool
}

// surroundings are the keys that follow from the network, the connection and the
// credentials' age. A case that does not name one has none of it.
var surroundings = []string{
	"aws:SourceIp", "aws:UserAgent", "aws:Referer", "aws:RequestedRegion", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge",
	"aws:TokenIssueTime", "s3:authType", "s3:signatureversion", "s3:signatureAge", "s3:x-amz-content-sha256", "s3:TlsVersion",
}

// known are the numbers of the keys that are ever dropped.
var known = map[string]policy.KeyID{
	"aws:sourceip": policy.KeySourceIP, "aws:useragent": policy.KeyUserAgent, "aws:referer": policy.KeyReferer,
	"aws:requestedregion": policy.KeyRequestedRegion, "aws:multifactorauthpresent": policy.KeyMultiFactorAuthPresent,
	"aws:multifactorauthage": policy.KeyMultiFactorAuthAge, "aws:tokenissuetime": policy.KeyTokenIssueTime,
	"s3:authtype": policy.KeyS3AuthType, "s3:signatureversion": policy.KeyS3SignatureVersion,
	"s3:signatureage": policy.KeyS3SignatureAge, "s3:x-amz-content-sha256": policy.KeyS3ContentSha256,
	"s3:tlsversion": policy.KeyS3TLSVersion, "s3:x-amz-acl": policy.KeyS3Acl, "s3:versionid": policy.KeyS3VersionID,
	"s3:requestobjecttagkeys": policy.KeyS3RequestObjectTagKeys, "s3:if-match": policy.KeyS3IfMatch,
	"s3:object-lock-mode": policy.KeyS3ObjectLockMode, "s3:object-lock-retain-until-date": policy.KeyS3ObjectLockRetainUntilDate,
	"s3:object-lock-legal-hold": policy.KeyS3ObjectLockLegalHold, "s3:locationconstraint": policy.KeyS3LocationConstraint,
	"s3:x-amz-object-ownership": policy.KeyS3ObjectOwnership, "aws:tagkeys": policy.KeyTagKeys,
	"sts:rolesessionname": policy.KeySTSRoleSessionName, "sts:durationseconds": policy.KeySTSDurationSeconds,
	"sts:sourceidentity": policy.KeySTSSourceIdentity, "iam:permissionsboundary": policy.KeyIAMPermissionsBoundary,
	"iam:policyarn": policy.KeyIAMPolicyARN,
}

// changeKeys runs inside the server, before each decision.
func (p *player) changeKeys(v *policy.Values) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.observing {
		return
	}
	for _, name := range p.keys.drop {
		if id, ok := known[strings.ToLower(name)]; ok {
			v.Delete(id)
		}
	}
	for name, values := range p.keys.inject {
		if values.many {
			v.SetNamedList(name, values.list)
		} else {
			v.SetNamed(name, values.list...)
		}
	}
}

// keysOf is what is left to do to the condition keys when a request carries those
// in sent by itself, and those in made although the case does not name them.
func (p *player) keysOf(sent, made []string) keyring {
	k := keyring{drop: made, inject: map[string]policyValues{}}
	for _, name := range surroundings {
		if _, ok := p.c.Request.Key(name); !ok {
			k.drop = append(k.drop, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.c.Request.Context)) {
		if !slices.ContainsFunc(sent, func(s string) bool { return strings.EqualFold(s, name) }) {
			values := p.c.Request.Context[name]
			k.inject[name] = policyValues{values.List, values.Many}
		}
	}
	return k
}

// late is how long after it was signed the request comes, for a case that says so
// of a presigned URL.
func (p *player) late() time.Duration {
	ms, err := strconv.ParseInt(p.c.Request.Text("s3:signatureAge"), 10, 64)
	if err != nil || !p.presigned() {
		return 0
	}
	return time.Duration(ms) * time.Millisecond
}

// presigned tells whether the request is to be sent as a presigned URL.
func (p *player) presigned() bool {
	how := p.c.Request.Text("s3:authType")
	ms, err := strconv.ParseInt(p.c.Request.Text("s3:signatureAge"), 10, 64)
	fits := err == nil && ms >= 0 && ms < (7*24*time.Hour).Milliseconds()
	return how == "REST-QUERY-STRING" && (err != nil || fits) || how == "" && fits
}
