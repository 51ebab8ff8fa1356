package gateway

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
	"github.com/sallyport/sallyport/internal/wire"
)

// bodies are for the operations that look at their body before anything else.
var bodies = map[string]string{
	"CompleteMultipartUpload":    `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"0"</ETag></Part></CompleteMultipartUpload>`,
	"DeleteObjects":              `<Delete><Object><Key>dir/k</Key></Object></Delete>`,
	"PutBucketAcl":               ``,
	"PutBucketOwnershipControls": `<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>`,
	"PutBucketPolicy":            `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::green-bucket/*"}]}`,
	"PutBucketTagging":           `<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>`,
	"PutObjectTagging":           `<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>`,
	"PutBucketVersioning":        `<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`,
	"PutPublicAccessBlock":       `<PublicAccessBlockConfiguration><BlockPublicPolicy>false</BlockPublicPolicy></PublicAccessBlockConfiguration>`,
	"PutBucketEncryption":        `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>`,
	"PutBucketRequestPayment":    `<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>`,
	"PutBucketLogging":           `<BucketLoggingStatus/>`,
	"PutBucketCors":              `<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>`,
	"PutObjectRetention":         `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2030-01-01T00:00:00Z</RetainUntilDate></Retention>`,
	"PutObjectLegalHold":         `<LegalHold><Status>ON</Status></LegalHold>`,
	"PutObjectLockConfiguration": `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>`,
	"RestoreObject":              `<RestoreRequest><Days>1</Days></RestoreRequest>`,
	"PutBucketReplication": `<ReplicationConfiguration><Role>arn:aws:iam::111111111111:role/r</Role><Rule><ID>r</ID><Priority>1</Priority><Status>Enabled</Status>` +
		`<Filter><Prefix></Prefix></Filter><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>` +
		`<Destination><Bucket>arn:aws:s3:::blue-bucket</Bucket></Destination></Rule></ReplicationConfiguration>`,
	"PutBucketAbac":                    `<AbacStatus><Status>Enabled</Status></AbacStatus>`,
	"PutBucketWebsite":                 `<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>`,
	"PutBucketAccelerateConfiguration": `<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>`,

	"PutBucketInventoryConfiguration": `<InventoryConfiguration><Destination><S3BucketDestination><Bucket>arn:aws:s3:::blue-bucket</Bucket><Format>CSV</Format></S3BucketDestination></Destination>` +
		`<IsEnabled>true</IsEnabled><Id>1</Id><IncludedObjectVersions>All</IncludedObjectVersions><Schedule><Frequency>Daily</Frequency></Schedule></InventoryConfiguration>`,
	"PutBucketAnalyticsConfiguration":          `<AnalyticsConfiguration><Id>1</Id><StorageClassAnalysis/></AnalyticsConfiguration>`,
	"PutBucketMetricsConfiguration":            `<MetricsConfiguration><Id>1</Id></MetricsConfiguration>`,
	"PutBucketIntelligentTieringConfiguration": `<IntelligentTieringConfiguration><Id>1</Id><Status>Enabled</Status><Tiering><Days>90</Days><AccessTier>ARCHIVE_ACCESS</AccessTier></Tiering></IntelligentTieringConfiguration>`,
	"PutBucketNotificationConfiguration":       `<NotificationConfiguration/>`,

	"PutBucketLifecycleConfiguration": `<LifecycleConfiguration><Rule><Filter/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>`,
}

// plainRequest is the plainest request for an operation on green's bucket.
func plainRequest(s *wire.Service, op *wire.Operation) (path, body string, header []string) {
	path = strings.NewReplacer("{Bucket}", "green-bucket", "{Key+}", "dir/k").Replace(op.URI)
	body = bodies[op.Name]
	query := url.Values{}
	for _, m := range s.Shape(op.Input).Members {
		switch {
		case m.Location == wire.InQuery && m.Required:
			query.Set(m.WireName(), map[string]string{"partNumber": "1"}[m.WireName()]+"1")
		case m.Location == wire.InHeader && m.WireName() == "x-amz-copy-source" && m.Required:
			header = append(header, "X-Amz-Copy-Source", "blue-bucket/mine")
		case m.Location == wire.InHeader && m.WireName() == "x-amz-object-attributes":
			header = append(header, "X-Amz-Object-Attributes", "ETag")
		case m.Location == wire.InHeader && m.WireName() == "x-amz-acl" && strings.HasSuffix(op.Name, "Acl"):
			header = append(header, "X-Amz-Acl", "private")
		}
	}
	if op.Name != "PutObject" && op.Name != "UploadPart" {
		header = append(header, "X-Amz-Checksum-Crc32", crc32Of(body))
	}
	if len(query) > 0 {
		path += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + query.Encode()
	}
	return path, body, header
}

// shut checks that a request was refused for want of a permission; of many
// deletions each is. What is refused for its form has to be given a better one,
// see bodies.
func (w *world) shut(name string, status int, answer string) {
	w.Helper()
	many := status == 200 && strings.Contains(answer, "<DeleteResult") && strings.Contains(answer, "<Code>AccessDenied</Code>") && !strings.Contains(answer, "<Deleted>")
	if status != 403 && !many {
		w.Errorf("%s: %d %s", name, status, answer)
	}
}

// TestEveryOperationOfS3IsShut sends the plainest request of every operation that
// is served to green's bucket, as all those who have no right to it.
func TestEveryOperationOfS3IsShut(t *testing.T) {
	w := hunted(t)
	callers := map[string]sigv4.Credentials{
		"blue's root":            w.blue.credentials(),
		"blue's user":            w.user(w.blue, "mighty", everything),
		"blue's federated":       credentialsIn(w.ok(w.blue.credentials(), "sts", "GetFederationToken", "Name", "bob", "Policy", everything)),
		"green's without rights": w.user(w.green, "weak", ""),
		"green's, other bucket":  w.user(w.green, "elsewhere", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::green-bucke","arn:aws:s3:::green-bucket2/*","arn:aws:s3:::blue-bucket*"]}]}`),
	}
	served := 0
	for _, op := range w.g.s3.api.Operations {
		if !op.Implemented(w.g.s3.impl) || op.Name == "ListBuckets" || op.Name == "CreateBucket" {
			continue
		}
		served++
		if op.Name == "PostObject" {
			w.formsAreShut(callers)
			continue
		}
		path, body, header := plainRequest(w.g.s3.api, op)
		for name, who := range callers {
			status, answer := w.as(who, op.Method, path, body, header...)
			w.shut(op.Name+" by "+name, status, answer)
		}
		status, answer := w.raw(nil, wireRequest{method: op.Method, target: path, body: body, unsigned: header})
		w.shut(op.Name+" by nobody", status, answer)
	}
	if served < 30 {
		t.Errorf("only %d operations are served", served)
	}
	w.intact()
}

// TestEveryOperationOfOtherServicesIsShut sends every operation of the services
// that know no policies on resources, by users without rights.
func TestEveryOperationOfOtherServicesIsShut(t *testing.T) {
	w := hunted(t)
	weak := w.user(w.green, "weak", "")
	w.role(w.green, "role", trusts(w.green.ID), everything)
	arn := element(w.ok(w.green.credentials(), "iam", "CreatePolicy", "PolicyName", "pol", "PolicyDocument", everything), "Arn")
	known := map[string]string{
		"UserName": "victim", "RoleName": "role", "GroupName": "group", "PolicyArn": arn, "PolicyName": "pol", "PolicyDocument": everything,
		"AssumeRolePolicyDocument": trusts(w.green.ID), "PermissionsBoundary": arn, "VersionId": "v1", "AccessKeyId": w.green.AccessKeyID,
		"Status": "Inactive", "AccountAlias": "alias", "RoleArn": "arn:aws:iam::" + w.green.ID + ":role/role", "RoleSessionName": "ses", "Name": "bob",
		"Description": "d", "TargetPrincipal": w.blue.ID, "PolicySourceArn": "arn:aws:iam::" + w.green.ID + ":role/role", "NewPassword": "x",
	}
	known["EncodedMessage"] = "message"
	maps.Copy(known, map[string]string{ // of federation
		"Url": "https://idp.example.com", "ClientID": "client", "ThumbprintList.member.1": strings.Repeat("a", 40), "WebIdentityToken": "a.b.c",
		"OpenIDConnectProviderArn": "arn:aws:iam::" + w.green.ID + ":oidc-provider/idp.example.com",
		"SAMLProviderArn":          "arn:aws:iam::" + w.green.ID + ":saml-provider/idp", "SAMLMetadataDocument": strings.Repeat("x", 1000),
		"PrincipalArn": "arn:aws:iam::" + w.green.ID + ":saml-provider/idp", "SAMLAssertion": "AAAA", "SigningAlgorithm": "RS256",
	})
	maps.Copy(known, map[string]string{ // of users' credentials
		"SerialNumber": "arn:aws:iam::" + w.green.ID + ":mfa/victim", "VirtualMFADeviceName": "victim",
		"AuthenticationCode1": "123456", "AuthenticationCode2": "654321",
		"SSHPublicKeyId": "APKAIOSFODNN7EXAMPLE", "SSHPublicKeyBody": "ssh-rsa AAAA", "Encoding": "SSH",
		"CertificateId": "ASCAIOSFODNN7EXAMPLEEXAMPLE", "CertificateBody": "x", "PrivateKey": "x", "ServerCertificateName": "cert",
		"ServiceName": "codecommit.amazonaws.com", "ServiceSpecificCredentialId": "ACCAIOSFODNN7EXAMPLE",
	})
	maps.Copy(known, map[string]string{ // of instance profiles, service-linked roles and passwords
		"InstanceProfileName": "profile", "AWSServiceName": "ec2.amazonaws.com", "DeletionTaskId": "task/aws-service-role/x/y/z",
		"Password": "Secret-12", "OldPassword": "Secret-12", "GlobalEndpointTokenVersion": "v2Token",
	})
	maps.Copy(known, map[string]string{ // of reports on last accesses
		"Arn": "arn:aws:iam::" + w.green.ID + ":role/role", "EntityPath": "o-abcdefghij/r-abcd", "JobId": strings.Repeat("0", 36), "ServiceNamespace": "s3",
	})
	maps.Copy(known, map[string]string{ // of temporary delegation
		"DelegationRequestId": strings.Repeat("0", 36), "RequestorWorkflowId": "workflow", "SessionDuration": "3600", "TradeInToken": "token",
		"NotificationChannel": "arn:aws:sns:us-east-1:" + w.green.ID + ":topic",
	})
	w.user(w.green, "victim", everything)
	for _, service := range []string{"iam", "sts"} {
		m := w.g.byPackage[service]
		for _, op := range m.api.Operations {
			if !op.Implemented(m.impl) || w.g.permissionless[op] {
				continue
			}
			var parameters []string
			for _, p := range m.api.Shape(op.Input).Members {
				name := p.WireName()
				switch value, ok := known[name]; {
				case ok && p.Required:
					parameters = append(parameters, name, value)
				case name == "TaskPolicyArn":
					parameters = append(parameters, "TaskPolicyArn.arn", unlock)
				case p.Required && name == "Tags":
					parameters = append(parameters, "Tags.member.1.Key", "a", "Tags.member.1.Value", "b")
				case p.Required && name == "ServiceNamespaces":
					parameters = append(parameters, name+".member.1", "s3")
				case p.Required:
					parameters = append(parameters, name+".member.1", cmp.Or(known[name+".member.1"], "s3:GetObject"))
				case op.Name == "GetUser" && name == "UserName", op.Name == "ListAccessKeys" && name == "UserName", op.Name == "CreateAccessKey" && name == "UserName":
					parameters = append(parameters, name, "victim")
				}
			}
			status, body := w.call(weak, service, op.Name, parameters...)
			if op.Unsigned && status == 400 && strings.Contains(body, "InvalidIdentityToken") {
				continue // it is the token that is asked for, not who signs
			}
			if status != 403 || !strings.Contains(body, "AccessDenied") {
				t.Errorf("%s %q: %d %s", op.Name, parameters, status, body)
			}
		}
	}
}

// TestEveryOperationOfOrganizationsIsShut: the organization is run from its
// management account, by those whom it lets.
func TestEveryOperationOfOrganizationsIsShut(t *testing.T) {
	w := hunted(t)
	m := w.g.byPackage["organizations"]
	send := func(who sigv4.Credentials, op, body string) (int, string) {
		req := w.request("POST", "/", body)
		req.Header.Set("Content-Type", "application/x-amz-json-1.1")
		req.Header.Set("X-Amz-Target", m.api.TargetPrefix+"."+op)
		sigv4.Sign(req, who, "us-east-1", "organizations", sigv4.HashPayload([]byte(body)), time.Now())
		return w.send(req)
	}
	_, roots := send(w.green.credentials(), "ListRoots", "{}")
	root := regexp.MustCompile(`r-[0-9a-z]+`).FindString(roots)
	known := map[string]string{
		"AccountId": w.blue.ID, "TargetId": w.blue.ID, "ResourceId": w.blue.ID, "ChildId": w.blue.ID, "ParentId": root, "RootId": root,
		"SourceParentId": root, "DestinationParentId": "ou-abcd-11111111", "OrganizationalUnitId": "ou-abcd-11111111", "PolicyId": "p-FullAWSAccess",
		"PolicyType": "SERVICE_CONTROL_POLICY", "Type": "SERVICE_CONTROL_POLICY", "Filter": "SERVICE_CONTROL_POLICY", "ChildType": "ACCOUNT",
		"Name": "name", "Description": "text", "Content": everything, "Email": "x@example.net", "AccountName": "x", "CreateAccountRequestId": "car-11111111",
		"ServicePrincipal": "iam.amazonaws.com", "HandshakeId": "h-11111111",
	}
	own := map[string]bool{} // what members may ask of themselves
	for name := range strings.FieldsSeq(`AcceptHandshake CancelHandshake CreateOrganization DeclineHandshake DescribeEffectivePolicy
		DescribeHandshake DescribeOrganization LeaveOrganization ListHandshakesForAccount`) {
		own[name] = true
	}
	served := 0
	for _, op := range m.api.Operations {
		if !op.Implemented(m.impl) {
			continue
		}
		served++
		input := map[string]any{}
		for _, p := range m.api.Shape(op.Input).Members {
			switch {
			case !p.Required:
			case p.Name == "Tags":
				input["Tags"] = []map[string]string{{"Key": "a", "Value": "b"}}
			case op.Name == "PutResourcePolicy" && p.Name == "Content":
				input[p.Name] = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"organizations:List*","Resource":"*"}}`
			case p.Name == "Target":
				input[p.Name] = map[string]string{"Type": "ACCOUNT", "Id": w.blue.ID}
			case strings.Contains(op.Name, "EffectivePolicy") && p.Name == "PolicyType":
				input[p.Name] = "TAG_POLICY"
			case p.Name == "TagKeys":
				input["TagKeys"] = []string{"a"}
			default:
				input[p.Name] = known[p.Name]
			}
		}
		body, err := json.Marshal(input)
		if err != nil {
			t.Fatal(err)
		}
		for name, who := range map[string]sigv4.Credentials{
			"a member's root": w.blue.credentials(), "a member's user": w.user(w.blue, "m"+op.Name, everything), "the management account's user": w.user(w.green, "u"+op.Name, ""),
		} {
			if own[op.Name] && strings.HasPrefix(name, "a member") {
				continue
			}
			status, answer := send(who, op.Name, string(body))
			if status != 400 || !strings.Contains(answer, "AccessDeniedException") {
				t.Errorf("%s %s by %s: %d %s", op.Name, body, name, status, answer)
			}
		}
	}
	if served < 10 {
		t.Errorf("only %d operations are served", served)
	}
}
