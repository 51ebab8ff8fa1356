package gateway

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/imds"
	"github.com/sallyport/sallyport/internal/service/ec2"
	"github.com/sallyport/sallyport/internal/service/s3"
	"github.com/sallyport/sallyport/internal/sigv4"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// instanceSession is how long the credentials last that an instance gets.
const instanceSession = 6 * time.Hour

// serveInstanceMetadata answers GET /-/instances/INSTANCE-ID/metadata with what the
// metadata service of an instance tells, credentials of its role among it, to
// callers of the instance's account who may open a session on it.
func (g *Gateway) serveInstanceMetadata(w http.ResponseWriter, r *http.Request) {
	c := &call{g: g, r: r, w: &answer{ResponseWriter: w, clock: g.clock}, ids: newRequestIDs(), now: g.clock(), mount: g.decisionsMount}
	c.body = &countingReader{r: r.Body, clock: g.clock}
	c.op = &wire.Operation{Name: "GetInstanceMetadata", Method: http.MethodGet, Service: c.mount.api}
	if g.decisions != nil {
		c.w.call = c
	}
	code := c.answerMetadata()
	g.sink.Add(r.Context(), c.record(code))
}

func (c *call) answerMetadata() (code string) {
	doc, err := c.instanceMetadata(c.r.PathValue("id"), c.r.URL.Query().Get("delivery"))
	if err != nil {
		return c.fail(err)
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return c.fail(err)
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Amzn-RequestId", c.requestID())
	c.w.Write(append(text, '\n'))
	return ""
}

// instanceMetadata asks for ssm:StartSession on the instance, which is what lets
// one act as it. Of an instance that is not there nothing is known: whom a policy
// lets open sessions by tags is refused as for any other.
func (c *call) instanceMetadata(id, delivery string) (*imds.Document, error) {
	if err := c.authenticate(); err != nil {
		return nil, err
	}
	if c.who.cred == nil {
		return nil, sigv4.MissingToken(sigv4.Service)
	}
	if delivery != "1.0" && delivery != "" {
		delivery = "2.0"
	}
	ctx := caller.With(c.r.Context(), c.info)
	facts, err := c.g.instances.Facts(ctx, c.info.Account(), id)
	if err != nil && !errors.Is(err, directory.ErrNotFound) {
		return nil, err
	}
	var instance *directory.Instance
	if facts != nil {
		instance = facts.Instance
	}
	if err := c.decide(ctx, &wire.Access{Action: "ssm:StartSession"}, sessionTarget(c.g.instances.Instance(c.info.Account(), id, instance), instance)); err != nil {
		return nil, err
	}
	if facts == nil || facts.State != "running" {
		return nil, &wire.Error{Code: "TargetNotConnected", Message: id + " is not connected.", Status: http.StatusBadRequest}
	}
	doc, err := c.metadataDocument(ctx, facts)
	if err != nil {
		return nil, err
	}
	if facts.Association != nil {
		doc.InstanceProfile = &imds.InstanceProfile{ARN: facts.Association.ARN, ID: facts.Association.ProfileID}
		// What is switched off gives nothing to anybody on the instance.
		if facts.Metadata.Endpoint != "disabled" {
			doc.Credentials, err = c.instanceCredentials(ctx, facts, delivery)
		}
	}
	return doc, err
}

// sessionTarget adds the keys that Systems Manager has for the instance's tags.
func sessionTarget(t *caller.Target, i *directory.Instance) *caller.Target {
	before := t.Context
	t.Context = func(v *policy.Values) {
		before(v)
		if i == nil {
			return
		}
		for _, tag := range i.Tags {
			v.SetNamed("ssm:resourceTag/"+tag.Key, tag.Value)
		}
	}
	return t
}

func (c *call) metadataDocument(ctx context.Context, f *ec2.Facts) (*imds.Document, error) {
	identity, err := c.g.instances.Identity(ctx, f.Instance)
	if err != nil {
		return nil, err
	}
	doc := &imds.Document{
		InstanceID: f.ID, AccountID: f.Account, Region: f.Region, AvailabilityZone: f.Zone, ImageID: f.Image, InstanceType: f.Type,
		Architecture: f.Architecture, PrivateIP: f.IP, Hostname: f.DNSName, LaunchTime: f.Launched, ReservationID: f.Reservation,
		AMILaunchIndex: f.Index, State: f.State, KeyName: f.KeyName, PublicKey: f.PublicKey, UserData: f.UserData,
		MetadataOptions: imds.MetadataOptions{
			HTTPEndpoint: f.Metadata.Endpoint, HTTPTokens: f.Metadata.Tokens, HTTPPutResponseHopLimit: int(f.Metadata.HopLimit),
			InstanceMetadataTags: f.Metadata.Tags,
		},
		IdentityDocument: identity.Text, IdentitySignature: identity.Signature, IdentityPKCS7: identity.PKCS7, IdentityRSA2048: identity.PKCS7,
	}
	if len(f.Tags) > 0 {
		doc.Tags = map[string]string{}
		for _, t := range f.Tags {
			doc.Tags[t.Key] = t.Value
		}
	}
	return doc, nil
}

// errorsInfo is where AWS explains what the metadata service says of credentials
// that there are not.
const errorsInfo = "Please see documentation at https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html#troubleshoot_iam-ec2_errors-info-doc."

// instanceCredentials are a session of the role in the instance's profile, or the
// reason why there is none. The role's trust policy must let EC2 assume it.
func (c *call) instanceCredentials(ctx context.Context, f *ec2.Facts, delivery string) (*imds.Credentials, error) {
	out := &imds.Credentials{LastUpdated: c.now.UTC().Truncate(time.Second), RequestID: c.requestID()}
	if f.Profile == nil || f.Role == nil {
		out.Code = "InstanceProfileNotFound"
		out.Message = fmt.Sprintf("Instance Profile with name %s cannot be found. %s", f.Association.Name, errorsInfo)
		return out, nil
	}
	out.RoleName = f.Role.Name
	role, err := c.g.directory.LookupRole(ctx, f.Role.ARN())
	if err != nil && !errors.Is(err, directory.ErrNotFound) {
		return nil, err
	}
	if err != nil || role.ID != f.Role.ID || !c.instanceMayAssume(f, role) {
		out.Code = "AssumeRoleUnauthorizedAccess"
		out.Message = fmt.Sprintf("EC2 cannot assume the role %s. %s", f.Role.Name, errorsInfo)
		return out, nil
	}
	session := &directory.Session{
		Kind: directory.RoleSession, Account: f.Account, Principal: role.ID, Name: f.ID, Issued: c.now, Expires: c.now.Add(instanceSession),
		Context: map[string][]string{
			"ec2:SourceInstanceARN": {f.ARN()}, "aws:Ec2InstanceSourceVpc": {f.VPC}, "aws:Ec2InstanceSourcePrivateIPv4": {f.IP},
		},
	}
	if delivery != "" {
		session.Context["ec2:RoleDelivery"] = []string{delivery}
	}
	token, err := c.g.directory.IssueSession(session)
	if err != nil {
		return nil, err
	}
	out.Code, out.Type = "Success", "AWS-HMAC"
	out.AccessKeyID, out.SecretAccessKey, out.Token, out.Expiration = session.KeyID, session.Secret, token, session.Expires
	return out, nil
}

// instanceMayAssume asks the role's trust policy for EC2. The question is one of
// the request's: who may see its explanation sees why a role was not given.
func (c *call) instanceMayAssume(f *ec2.Facts, role *directory.RoleView) bool {
	req, docs := c.g.trustQuestion(s3.ServiceCaller{Principal: ec2.Principal, SourceARN: f.ARN(), SourceAccount: f.Account}, role, c.now)
	d := authz.Decide(req, docs)
	c.note(req, docs, &d)
	return d.Allowed
}

// serveIdentityCertificate answers GET /-/instances/certificate with the
// certificate of the key that signs identity documents, which is no secret.
func (g *Gateway) serveIdentityCertificate(w http.ResponseWriter, r *http.Request) {
	ctx := caller.With(r.Context(), &caller.Info{Identity: &policy.Caller{}, Time: g.clock()})
	der, err := g.instances.IdentityCertificate(ctx)
	if err != nil {
		g.logger.Error("no certificate of identity documents", "error", err)
		http.Error(w, "not available", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	pem.Encode(w, &pem.Block{Type: "CERTIFICATE", Bytes: der})
}
