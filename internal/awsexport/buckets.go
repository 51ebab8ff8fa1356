package awsexport

// bucket is the bucket of the name, which is told of from now on.
func (p *parser) bucket(name string) *Bucket {
	b := p.buckets[name]
	if b == nil {
		b = &Bucket{Name: name}
		p.buckets[name] = b
	}
	return b
}

// none is an empty file: AWS answered that there is no such setting.
func (p *parser) none(f *File) {
	switch {
	case f.Kind == PublicAccessBlock && f.Bucket == "":
		p.out.Block = &Setting[Block]{}
	case f.Bucket == "" || !f.Kind.OfBucket():
		p.wrong("", "is empty")
	default:
		b := p.bucket(f.Bucket)
		switch f.Kind {
		case BucketPolicy:
			b.Policy = &Setting[string]{}
		case BucketOwnership:
			b.Ownership = &Setting[string]{}
		case PublicAccessBlock:
			b.Block = &Setting[Block]{}
		case BucketTags:
			b.Tags = &Setting[[]Tag]{}
		case BucketABAC:
			b.ABAC = new(false)
		case BucketVersioning:
			b.Versioning = new("")
		case BucketLocation: // us-east-1
		case BucketACL:
			p.wrong("", "is empty, and every bucket has an ACL")
		}
	}
}

func (p *parser) listBuckets(o *object) {
	for _, item := range o.list("Buckets") {
		name := item.text("Name")
		if len(name) < 3 || len(name) > 63 {
			p.wrong("bucket "+name, "is not a bucket's name")
			continue
		}
		item.what = "bucket " + name
		p.bucket(name)
		if item.has("CreationDate") {
			item.ignore("CreationDate")
		}
		item.ignore("BucketRegion", "BucketArn")
		item.end()
	}
	if owner := o.inner("Owner"); owner != nil {
		p.owner(owner)
	}
	o.ignore("Prefix")
	if o.text("ContinuationToken") != "" || o.text("NextToken") != "" {
		p.leave("Buckets", "the list breaks off before its end")
	}
	o.end()
}

// owner reads the canonical user id of the account.
func (p *parser) owner(o *object) string {
	id := o.text("ID")
	o.ignore("DisplayName")
	o.end()
	if p.out.Owner == "" {
		p.out.Owner = id
	}
	if id != p.out.Owner {
		p.wrong("Owner", "is another account than in the files before")
	}
	return id
}

// setting reads one setting of a bucket, or Block Public Access of the account.
func (p *parser) setting(kind Kind, bucket string, o *object) {
	if kind == PublicAccessBlock && bucket == "" {
		p.out.Block = &Setting[Block]{p.block(o)}
		o.end()
		return
	}
	if bucket == "" {
		p.wrong("", "is %s of a bucket, and does not say of which: give %s:BUCKET=FILE", kind, kind)
		return
	}
	b := p.bucket(bucket)
	switch kind {
	case BucketPolicy:
		text := o.document("Policy")
		b.Policy, b.File = &Setting[string]{&text}, p.file
	case BucketACL:
		b.ACL = p.acl(o)
	case BucketOwnership:
		b.Ownership = p.ownership(o)
	case PublicAccessBlock:
		b.Block = &Setting[Block]{p.block(o)}
	case BucketTags:
		tags := o.tags("TagSet")
		b.Tags = &Setting[[]Tag]{&tags}
	case BucketABAC:
		on := false
		if in := o.inner("AbacStatus"); in != nil {
			on = in.text("Status") == "Enabled"
			in.end()
		}
		b.ABAC = &on
	case BucketVersioning:
		p.versioning(o, b)
	case BucketLocation:
		if region := o.text("LocationConstraint"); region != "" && region != "us-east-1" {
			p.leave("bucket "+bucket, "it is in "+region+"; all buckets here are in the server's region")
		}
	}
	o.end()
}

func (p *parser) versioning(o *object, b *Bucket) {
	status := o.text("Status")
	switch status {
	case "", "Enabled", "Suspended":
		b.Versioning = &status
	default:
		p.wrong("", "%q is no state of versioning", status)
	}
	if o.text("MFADelete") == "Enabled" {
		p.leave("bucket "+b.Name+" MFADelete", "a device of the account's root user cannot be carried")
	}
}

func (p *parser) block(o *object) *Block {
	in := o.inner("PublicAccessBlockConfiguration")
	if in == nil {
		p.wrong("", "has no PublicAccessBlockConfiguration")
		return nil
	}
	b := &Block{in.flag("BlockPublicAcls"), in.flag("IgnorePublicAcls"), in.flag("BlockPublicPolicy"), in.flag("RestrictPublicBuckets")}
	in.end()
	return b
}

func (p *parser) ownership(o *object) *Setting[string] {
	in := o.inner("OwnershipControls")
	if in == nil {
		p.wrong("", "has no OwnershipControls")
		return nil
	}
	rules := in.list("Rules")
	if len(rules) != 1 {
		p.wrong("", "has not one rule of ownership")
		return nil
	}
	value := rules[0].text("ObjectOwnership")
	switch value {
	case "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter":
	default:
		p.wrong("", "%q is no object ownership", value)
	}
	rules[0].end()
	in.end()
	return &Setting[string]{&value}
}

// maxGrants is how many grants an ACL may have.
const maxGrants = 100

func (p *parser) acl(o *object) *ACL {
	acl := &ACL{}
	if owner := o.inner("Owner"); owner != nil {
		acl.Owner = p.owner(owner)
	}
	for _, item := range o.list("Grants") {
		g := Grant{Permission: item.text("Permission")}
		if to := item.inner("Grantee"); to != nil {
			g.Type, g.ID, g.URI, g.Email = to.text("Type"), to.text("ID"), to.text("URI"), to.text("EmailAddress")
			to.ignore("DisplayName")
			to.end()
		}
		if g.ID == "" && g.URI == "" && g.Email == "" {
			p.wrong(item.what, "is to nobody")
		}
		acl.Grants = append(acl.Grants, g)
		item.end()
	}
	if len(acl.Grants) > maxGrants {
		p.wrong("", "has more than %d grants", maxGrants)
	}
	return acl
}
