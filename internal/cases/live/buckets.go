package live

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/internal/cases"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// makeBuckets makes the buckets without their policies.
func (p *player) makeBuckets(ctx context.Context) error {
	return p.g.Objects().Update(ctx, func(t *store.Txn) error {
		for _, account := range slices.Sorted(maps.Keys(p.c.Accounts)) {
			for _, name := range slices.Sorted(maps.Keys(p.c.Accounts[account].Buckets)) {
				b, err := bucketOf(account, name, p.c.Accounts[account].Buckets[name])
				if err != nil {
					return err
				}
				if err := t.CreateBucket(b); err != nil {
					return fmt.Errorf("bucket %s: %w", name, err)
				}
			}
		}
		return nil
	})
}

func bucketOf(account, name string, b *cases.Bucket) (*store.Bucket, error) {
	made := &store.Bucket{Name: name, Account: account, Region: region, Ownership: store.BucketOwnerEnforced, RequesterPays: b.RequesterPays}
	if b.Ownership != "" {
		o, ok := store.ParseOwnership(b.Ownership)
		if !ok {
			return nil, fmt.Errorf("bucket %s: unknown ownership %q", name, b.Ownership)
		}
		made.Ownership = o
	}
	if b.BPA != nil {
		made.PublicAccessBlock = &store.PublicAccessBlock{
			BlockPublicAcls: slices.Contains(b.BPA, "BlockPublicAcls"), IgnorePublicAcls: slices.Contains(b.BPA, "IgnorePublicAcls"),
			BlockPublicPolicy: slices.Contains(b.BPA, "BlockPublicPolicy"), RestrictPublicBuckets: slices.Contains(b.BPA, "RestrictPublicBuckets"),
		}
	}
	if b.ACL != nil {
		made.ACL = store.EncodeACL(storedGrants(b.ACL))
	}
	return made, nil
}

var storedPermissions = map[string]store.Permission{
	"READ": store.PermissionRead, "WRITE": store.PermissionWrite, "READ_ACP": store.PermissionReadACP,
	"WRITE_ACP": store.PermissionWriteACP, "FULL_CONTROL": store.PermissionFullControl,
}

func storedGrants(acl []cases.Grant) (out []store.Grant) {
	for _, g := range acl {
		grant := store.Grant{Permission: storedPermissions[g.Permission]}
		switch g.Grantee {
		case "AllUsers":
			grant.Grantee = store.GranteeAllUsers
		case "AuthenticatedUsers":
			grant.Grantee = store.GranteeAuthenticatedUsers
		case "LogDelivery":
			grant.Grantee = store.GranteeLogDelivery
		default:
			grant.Grantee, grant.Account = store.GranteeAccount, g.Grantee
		}
		out = append(out, grant)
	}
	return out
}

// makeObjects uploads the objects as the root users of their buckets' accounts and
// then gives them their owners, ACLs and tags.
func (p *player) makeObjects(ctx context.Context) error {
	for _, account := range slices.Sorted(maps.Keys(p.c.Accounts)) {
		for _, name := range slices.Sorted(maps.Keys(p.c.Accounts[account].Buckets)) {
			objects := p.objectsOf(name, p.c.Accounts[account].Buckets[name])
			for _, key := range slices.Sorted(maps.Keys(objects)) {
				if err := p.makeObject(ctx, account, name, key, objects[key]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// objectsOf are the objects that are spelt out, without one that the case says is
// missing, and those that the request needs.
func (p *player) objectsOf(bucket string, b *cases.Bucket) map[string]*cases.Object {
	out := maps.Clone(b.Objects)
	if out == nil {
		out = map[string]*cases.Object{}
	}
	for path := range p.needed {
		if name, key, _ := strings.Cut(path, "/"); name == bucket && out[key] == nil {
			out[key] = &cases.Object{}
		}
	}
	if e := p.c.Request.ObjectExists; e != nil && !*e {
		if name, key, _, ok := arn.SplitS3(p.c.Request.Resource); ok && name == bucket {
			delete(out, key)
		}
	}
	return out
}

func (p *player) makeObject(ctx context.Context, account, bucket, key string, o *cases.Object) error {
	req, err := p.request(http.MethodPut, "/"+bucket+"/"+escape(key), "", []byte("the object "+key))
	if err != nil {
		return err
	}
	p.sign(req, p.roots[account], "s3", []byte("the object "+key))
	switch a, err := p.do(ctx, req); {
	case err != nil:
		return err
	case a.code == "InvalidBucketName":
		return cannot("S3 takes no bucket of the name %s", bucket)
	case a.status != http.StatusOK:
		return fmt.Errorf("making object %s/%s: %d %s %s", bucket, key, a.status, a.code, a.message)
	}
	return p.g.Objects().Update(ctx, func(t *store.Txn) error {
		b, err := t.Bucket(bucket)
		if err != nil {
			return err
		}
		made, err := t.Object(b.ID, key)
		if err != nil {
			return err
		}
		if o.Owner != "" {
			made.Owner = o.Owner
		}
		if o.ACL != nil {
			made.ACL = store.EncodeACL(storedGrants(o.ACL))
		}
		for _, k := range slices.Sorted(maps.Keys(o.Tags)) {
			made.Tags = append(made.Tags, store.Tag{Key: k, Value: o.Tags[k]})
		}
		return t.UpdateObject(b, made)
	})
}

// escape is a key in a path.
func escape(key string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(key) {
		c := key[i]
		if c == '/' || c == '-' || c == '_' || c == '.' || c == '~' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			b.WriteByte(c)
			continue
		}
		b.WriteString("%" + string(digits[c>>4]) + string(digits[c&15]))
	}
	return b.String()
}
