package policy

import "strings"

// s3KeyActions are the lower-case S3 condition keys and the actions that carry them, as
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/list_amazons3.html lists them; "*" is every action. A name that ends
// in "/" stands for the family. Read only.
var s3KeyActions = func() map[string][]string {
	m := map[string][]string{}
	for _, row := range [...]struct{ keys, actions string }{
		{"prefix delimiter max-keys", "listbucket listbucketversions"},
		{"x-amz-acl", aclWriters + " createbucket putbucketacl"},
		{"x-amz-grant-read x-amz-grant-write x-amz-grant-read-acp x-amz-grant-write-acp x-amz-grant-full-control",
			aclWriters + " createbucket putbucketacl"},
		{"x-amz-copy-source x-amz-metadata-directive x-amz-website-redirect-location if-none-match objectcreationoperation", "putobject"},
		{"x-amz-storage-class", "putobject putobjectacl putobjectversionacl replicateobject restoreobject"},
		{"x-amz-server-side-encryption x-amz-server-side-encryption-aws-kms-key-id x-amz-server-side-encryption-customer-algorithm",
			"putobject replicateobject"},
		{"object-lock-mode object-lock-retain-until-date object-lock-remaining-retention-days object-lock-legal-hold",
			"putobject putobjectretention putobjectlegalhold putbucketobjectlockconfiguration bypassgovernanceretention replicateobject"},
		{"if-match", "putobject deleteobject"},
		{"existingobjecttag/", existingTagReaders},
		{"requestobjecttag/ requestobjecttagkeys", "putobject putobjecttagging putobjectversiontagging replicatetags replicateobject"},
		{"versionid", "getobjectversion getobjectversionacl getobjectversiontagging getobjectversionattributes getobjectversiontorrent " +
			"putobjectversionacl putobjectversiontagging deleteobjectversion deleteobjectversiontagging getobjectversionforreplication " +
			"restoreobject putobjectretention getobjectretention putobjectlegalhold getobjectlegalhold bypassgovernanceretention"},
		{"locationconstraint", "createbucket"},
		{"x-amz-object-ownership", "createbucket putbucketownershipcontrols"},
		{"authtype signatureversion signatureage x-amz-content-sha256 tlsversion resourceaccount dataaccesspointarn " +
			"dataaccesspointaccount accesspointnetworkorigin buckettag/ accesspointtag/ accessgrantsinstancearn", "*"},
		{"inventoryaccessibleoptionalfields", "putinventoryconfiguration"},
	} {
		for key := range strings.FieldsSeq(row.keys) {
			for action := range strings.FieldsSeq(row.actions) {
				m["s3:"+key] = append(m["s3:"+key], "s3:"+action)
			}
		}
	}
	return m
}()

const aclWriters = "putobject putobjectacl putobjectversionacl replicateobject"

const existingTagReaders = "getobject getobjectversion getobjectacl getobjectversionacl getobjecttagging getobjectversiontagging " +
	"getobjectattributes getobjectversionattributes getobjecttorrent getobjectversiontorrent putobjectacl putobjectversionacl " +
	"putobjecttagging putobjectversiontagging deleteobjecttagging deleteobjectversiontagging getobjectretention getobjectlegalhold"

// globalKeys are the lower-case names of AWS's global condition keys; those that end in "/" are families.
var globalKeys = func() map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(`CalledVia CalledViaFirst CalledViaLast CurrentTime EpochTime FederatedProvider
		MultiFactorAuthAge MultiFactorAuthPresent Ec2InstanceSourceVpc Ec2InstanceSourcePrivateIPv4 SourceIdentity
		PrincipalAccount PrincipalArn PrincipalIsAWSService PrincipalOrgID PrincipalOrgPaths PrincipalServiceName
		PrincipalServiceNamesList PrincipalTag/ PrincipalType Referer RequestedRegion RequestTag/ ResourceAccount ResourceOrgID
		ResourceOrgPaths ResourceTag/ SecureTransport SourceAccount SourceArn SourceIp SourceOrgID SourceOrgPaths SourceOwner
		SourceVpc SourceVpcArn SourceVpce TagKeys TokenIssueTime UserAgent userid username ViaAWSService VpcSourceIp
		AssumedRoot VpceAccount VpceOrgID VpceOrgPaths IsMcpServiceAction ViaAWSMCPService CalledViaAWSMCP`) {
		m["aws:"+strings.ToLower(name)] = true
	}
	return m
}()

// keyGroup is the lower-case key, cut after the slash if it is of a family.
func keyGroup(key string) string {
	lower := asciiLower(key)
	if at := strings.IndexByte(lower, '/'); at >= 0 && at < len(lower)-1 {
		return lower[:at+1]
	}
	return lower
}

// s3KeyKnown tells whether S3 takes a condition key in a bucket policy.
func s3KeyKnown(key string) bool {
	group := keyGroup(key)
	prefix, _, ok := strings.Cut(group, ":")
	switch {
	case !ok:
		return false
	case prefix == "aws":
		return globalKeys[group]
	case prefix == "s3":
		return s3KeyActions[group] != nil
	case prefix == "ec2":
		return group == "ec2:sourceinstancearn" || group == "ec2:roledelivery"
	}
	return prefix == "saml" || strings.Contains(prefix, ".") // claims of identity providers
}

// s3KeyApplies tells whether an S3 action (lower-case) carries a condition key.
func s3KeyApplies(key, action string) bool {
	group := keyGroup(key)
	if !strings.HasPrefix(group, "s3:") {
		return true
	}
	for _, a := range s3KeyActions[group] {
		if a == action || a == "s3:*" {
			return true
		}
	}
	return false
}
