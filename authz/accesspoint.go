package authz

import (
	"strings"

	"github.com/sallyport/sallyport/policy"
)

// accessPointStage asks the access point: the caller's policies and the access point's own, on the access point's ARN.
func (e *evaluation) accessPointStage(derived *policy.Values) Decision {
	req, ap := e.req, e.req.AccessPoint
	q := e.query(ap.resource(&req.Resource), derived)
	s := stage{
		req: req, docs: e.docs, principal: e.principal, trace: e.trace, stage1: true,
		account: ap.Account, owner: ap.Account, document: e.docs.AccessPoint, rcps: e.docs.AccessPointRCPs,
	}
	d := s.run(&q)
	// The bucket's settings count for all its access points; one that only a VPC reaches is never public.
	if d.Allowed && s.bpa().RestrictPublicBuckets && ap.VPC == "" && s.document != nil && s.document.Public() && s.outsider(ap.Account) {
		d.refuse(BPARestrictPublicBuckets)
	}
	return d
}

// afterAccessPoint are the rules for requests that passed the access point's policies: they come from its VPC and are
// signed.
func (e *evaluation) afterAccessPoint() Reason {
	ap := e.req.AccessPoint
	if ap.VPC != "" && (e.req.Context == nil || e.req.Context.Get(policy.KeySourceVpc) != ap.VPC) {
		return AccessPointVPCOrigin
	}
	if e.principal.Kind == policy.CallerAnonymous {
		return AccessPointAnonymous
	}
	return reasonNone
}

// resource is what a bucket or object is called through the access point.
func (ap *AccessPoint) resource(r *Resource) string {
	if ap.ResourceARN != "" {
		return ap.ResourceARN
	}
	if _, key, ok := strings.Cut(r.ARN, "/"); ok {
		return ap.ARN + "/object/" + key
	}
	return ap.ARN
}
