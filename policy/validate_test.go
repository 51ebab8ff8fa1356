package policy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/policy"
)

// statement wraps the inside of one statement into an identity policy of 2012.
func statement(inside string) string {
	return `{"Version":"2012-10-17","Statement":{` + inside + `}}`
}

const res = `"Resource":"arn:aws:s3:::b"`

// TestIdentityErrors holds the answers that AWS gave to CreatePolicy.
func TestIdentityErrors(t *testing.T) {
	const (
		syntax  = "Syntax errors in policy."
		legacy  = "The policy failed legacy parsing"
		version = "Policy document must be version 2012-10-17 or greater."
		actions = "Policy statement must contain actions."
		vendor  = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
	)
	la := `"Effect":"Allow","Action":"s3:ListBucket",`
	for doc, want := range map[string]string{
		"This is not a json document":                                                    syntax,
		`{"Statement":{` + la + res + `}}`:                                               version,
		`{"Version":"2008-10-17","Statement":{` + la + res + `}}`:                        version,
		`{"Version":"2013-10-17","Statement":{` + la + res + `}}`:                        syntax,
		`{"Version":"2012-10-17"}`:                                                       syntax,
		`{"Version":"2012-10-17","Statement":[]}`:                                        syntax,
		`{"Version":"2012-10-17","Statement":["afd"]}`:                                   syntax,
		`{"Version":"2012-10-17","Statement":{` + la + res + `},"Extra":"v"}`:            syntax,
		`{"Version":"2012-10-17","Id":[],"Statement":{` + la + res + `}}`:                syntax,
		`{"Version":"2012-10-17","Version":"2012-10-17","Statement":{` + la + res + `}}`: syntax,
		statement(la + res + `,"Extra":"v"`):                                             syntax,
		statement(`"Effect":"invalid","Action":"s3:ListBucket",` + res):                  syntax,
		statement(`"effect":"Allow","Action":"s3:ListBucket",` + res):                    syntax,
		statement(`"Effect":"denY","Action":"s3:ListBucket",` + res):                     legacy,
		statement(`"Effect":"Allow","Action":"invalid",` + res):                          vendor,
		statement(`"Effect":"Allow","Action":"invalid"`):                                 vendor,
		statement(`"Effect":"Allow","NotAction":"",` + res):                              vendor,
		statement(`"Effect":"Allow","Action":"a a:ListBucket",` + res):                   "Vendor a a is not valid",
		statement(`"Effect":"Allow","Action":"s3:List:Bucket",` + res):                   "Actions/Condition can contain only one colon.",
		statement(`"Effect":"Allow","Action":["s3:*"],"NotAction":[],` + res):            syntax,
		statement(`"Effect":"Allow","Action":{},` + res):                                 syntax,
		statement(`"Effect":"Allow","Action":[[]],` + res):                               syntax,
		statement(la + `"Resource":"invalid resource"`):                                  `Resource invalid resource must be in ARN format or "*".`,
		statement(la + `"Resource":""`):                                                  `Resource  must be in ARN format or "*".`,
		statement(`"Effect":"Allow","Action":"s:3:L","Resource":"sdf"`):                  `Resource sdf must be in ARN format or "*".`,
		statement(la + `"Resource":"a:bsdf"`):                                            `Partition "bsdf" is not valid for resource "arn:bsdf:*:*:*:*".`,
		statement(la + `"Resource":"a:b:cad"`):                                           `Partition "b" is not valid for resource "arn:b:cad:*:*:*".`,
		statement(la + `"Resource":"a:b:c:d:e:f:g:h"`):                                   `Partition "b" is not valid for resource "arn:b:c:d:e:f:g:h".`,
		statement(la + `"Resource":"aws:s3:::b"`):                                        `Partition "s3" is not valid for resource "arn:s3:::b:*".`,
		statement(la + `"Resource":["arn:error:s3:::b","arn:error:s3::b"]`):              `Partition "error" is not valid for resource "arn:error:s3:::b".`,
		statement(la[:len(la)-1]):                                                        "Policy statement must contain resources.",
		statement(la + `"Resource":[]`):                                                  "Policy statement must contain resources.",
		statement(`"Effect":"Allow",` + res):                                             actions,
		statement(`"Effect":"Allow"`):                                                    actions,
		statement(`"Effect":"Allow","Action":[],` + res):                                 actions,
		statement(`"Action":"s3:ListBucket",` + res):                                     syntax,
		statement(la + `"Resource":"arn:aws:iam:::b"`): "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, " +
			"group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.",
		statement(la + `"Resource":"arn:aws:iam:us-east-1::b"`):                                            "IAM resource arn:aws:iam:us-east-1::b cannot contain region information.",
		statement(la + `"Resource":"arn:aws:s3:us-east-1::b"`):                                             "Resource arn:aws:s3:us-east-1::b can not contain region information.",
		statement(la + `"Resource":"arn:aws:s3::b"`):                                                       legacy,
		statement(la + `"NotResource":"arn:aws:s3::b"`):                                                    legacy,
		statement(`"Effect":"Allow","Resource":"arn:aws:s3::b"`):                                           legacy,
		statement(la + `"Resource":"arn:aws::::b"`):                                                        legacy,
		statement(la + `"Resource":"arn:aws::fdsasf"`):                                                     legacy,
		statement(la + `"Resource":"arn:aws"`):                                                             "Resource vendor must be fully qualified and cannot contain regexes.",
		statement(la + `"Resource":"arn:aws:s*:::b"`):                                                      "Resource vendor must be fully qualified and cannot contain regexes.",
		statement(la + `"Resource":{"a":"b"}`):                                                             syntax,
		statement(la + res + `,"NotResource":"*"`):                                                         syntax,
		statement(la + res + `,"Condition":[]`):                                                            syntax,
		statement(la + res + `,"Condition":"a"`):                                                           syntax,
		statement(la + res + `,"Condition":{"a":"b"}`):                                                     syntax,
		statement(la + res + `,"Condition":{"DateGreaterThan":{"a":{}}}`):                                  syntax,
		statement(la + res + `,"Condition":{"x":{"a":"1"}}`):                                               syntax,
		statement(la + res + `,"Condition":{"NullIfExists":{"a":"true"}}`):                                 syntax,
		statement(la + res + `,"Condition":{"ForAnyValue::StringEqualsIfExists":{"a":"asf"}}`):             syntax,
		statement(la + res + `,"Condition":{"DateGreaterThan":{"a":"sdfdsf"}}`):                            legacy,
		statement(la + res + `,"Condition":{"DateLessThanEquals":{"a":"234-13"}}`):                         legacy,
		statement(la + res + `,"Condition":{"DateLessThanEquals":{"a":"2016-12-13t2:00:00.5+1"}}`):         legacy,
		statement(la + res + `,"Condition":{"DateLessThan":{"a":"9223372036854775808"}}`):                  legacy,
		statement(la + `"Sid":{},` + res):                                                                  syntax,
		statement(la + `"Sid":"a b",` + res):                                                               "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
		statement(la + `"Principal":"*",` + res):                                                           "Policy document should not specify a principal.",
		`{"Version":"2012-10-17","Statement":[{"Sid":"s",` + la + res + `},{"Sid":"s","Effect":"Allow"}]}`: "Statement IDs (SID) in a single policy must be unique.",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Deny"},{` + la + res + `}]}`:                      actions,
	} {
		_, err := policy.Validate([]byte(doc), policy.Identity, policy.Options{})
		var perr *policy.Error
		if !errors.As(err, &perr) || perr.Message != want || perr.Code != policy.CodeMalformedDocument {
			t.Errorf("%s\n got %v\nwant %s", doc, err, want)
		}
	}
}

func TestIdentityAccepted(t *testing.T) {
	la := `"Effect":"Allow","Action":"s3:ListBucket",`
	for _, doc := range []string{
		statement(la + res), statement(la + `"Resource":["arn:aws:s3:::b","*"]`), statement(`"Effect":"Allow","Action":"*",` + res),
		statement(`"Effect":"Allow","Action":"iam: asdf safdsf af ",` + res), statement(la + `"Resource":"arn:aws:fdsasf"`),
		statement(la + `"Resource":"arn:aws:iam:::user/b"`), statement(la + `"Resource":"arn:aws:iam::*:user/${aws:username}"`),
		statement(la + `"Resource":"arn:aws:ec2:us-east-1::b"`), statement(la + res + `,"Condition":{}`),
		statement(la + res + `,"Condition":{"DateGreaterThan":{}}`), statement(la + res + `,"Condition":{"a":{}}`),
		statement(la + res + `,"Condition":{"DateGreaterThan":{"a":[]}}`), statement(la + res + `,"Condition":{"DateGreaterThan":{"a":"01T"}}`),
		statement(la + res + `,"Condition":{"DateLessThan":{"a":"-292275054"}}`),
		statement(la + res + `,"Condition":{"DateLessThanEquals":{"a":"2016-12-13t2:00:00.593194+23"}}`),
		statement(la + res + `,"Condition":{"ForAnyValue:StringEqualsIfExists":{"a":"asf"}}`),
		statement(la + res + `,"Condition":{"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"s3:max-keys":10}}`),
		statement(la + `"Resource":"arn:aws:s3:us-east-1:111111111111:accesspoint/x/object/*"`),
		`{"Version":"2012-10-17","Id":"x","Statement":[{` + la + res + `}]}`,
	} {
		if _, err := policy.Validate([]byte(doc), policy.Identity, policy.Options{}); err != nil {
			t.Errorf("%s: %v", doc, err)
		}
	}
}

func TestBucketErrors(t *testing.T) {
	const head = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",`
	get := `"Action":"s3:GetObject","Resource":"arn:aws:s3:::a-data/*"`
	opts := policy.Options{Resource: "arn:aws:s3:::a-data", PrincipalExists: func(_, v string) bool { return !strings.HasSuffix(v, "ghost") }}
	for doc, want := range map[string]string{
		``:                 "Policies must be valid JSON and the first byte must be '{'",
		`invalid json`:     "Policies must be valid JSON and the first byte must be '{'",
		` {}`:              "Policies must be valid JSON and the first byte must be '{'",
		`{}`:               "Missing required field Statement",
		`{"Statement":[]}`: "Could not parse the policy: Statement is empty!",
		`{"Version":"2012","Statement":[{"Effect":"Allow","Principal":"*",` + get + `}]}`:                                     "The policy must contain a valid version string",
		`{"Statement":[{"Effect":"allow","Principal":"*",` + get + `}]}`:                                                      "Invalid effect: allow",
		`{"Statement":[{"Effect":"Allow",` + get + `}]}`:                                                                      "Missing required field Principal",
		`{"Statement":[{"Effect":"Allow","Principal":"x",` + get + `}]}`:                                                      "Invalid principal in policy",
		`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/ghost"},` + get + `}]}`:           "Invalid principal in policy",
		`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:group/g"},` + get + `}]}`:              "Invalid principal in policy",
		`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/*"},` + get + `}]}`:               "Invalid principal in policy",
		`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"1111"},` + get + `}]}`:                                           "Invalid principal in policy",
		`{"Statement":[{"Effect":"Allow","Principal":{"Federated":"accounts.google.com"},` + get + `}]}`:                      "Invalid principal in policy",
		head + `"Action":"s3:GetObject","Resource":"arn:aws:s3:::other/*"}]}`:                                                 "Policy has invalid resource",
		head + `"Action":"s3:GetObject","Resource":"*"}]}`:                                                                    "Policy has invalid resource",
		head + `"Action":"s3:GetObject","Resource":"arn:aws:s3:::a-data"}]}`:                                                  "Action does not apply to any resource(s) in statement",
		head + `"Action":["s3:GetObject","s3:ListBucket"],"Resource":"arn:aws:s3:::a-data/*"}]}`:                              "Action does not apply to any resource(s) in statement",
		head + `"Action":"s3:ListAllMyBuckets","Resource":"arn:aws:s3:::a-data"}]}`:                                           "Action does not apply to any resource(s) in statement",
		head + `"Action":"s3:ReadObject","Resource":"arn:aws:s3:::a-data/*"}]}`:                                               "Policy has invalid action",
		head + `"Action":"ec2:RunInstances","Resource":"arn:aws:s3:::a-data/*"}]}`:                                            "Policy has invalid action",
		head + get + `,"Condition":{"StringEquals":{"s3:VersionStatus":"x"}}}]}`:                                              "Policy has an invalid condition key",
		head + get + `,"Condition":{"StringEquals":{"aws:Nonsense":"x"}}}]}`:                                                  "Policy has an invalid condition key",
		head + get + `,"Condition":{"StringMatches":{"aws:userid":"x"}}}]}`:                                                   "Invalid Condition type : StringMatches",
		head + get + `,"Condition":{"IpAddress":{"aws:SourceIp":"300.0.0.0/8"}}}]}`:                                           "Invalid IP address in Conditions",
		head + get + `,"Condition":{"StringEquals":{"s3:prefix":"x"}}}]}`:                                                     "Conditions do not apply to combination of actions and resources in statement",
		`{"Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"111111111111"},` + get + `}]}`:                                "Invalid policy syntax.",
		head + get + `,"Comment":"x"}]}`:                                                                                      "Invalid policy syntax.",
		`{"Id":"` + strings.Repeat("x", policy.MaxBucket) + `","Statement":[{"Effect":"Allow","Principal":"*",` + get + `}]}`: "Normalized policy document exceeds the maximum allowed size of 20480 bytes",
	} {
		_, err := policy.Validate([]byte(doc), policy.Bucket, opts)
		var perr *policy.Error
		if !errors.As(err, &perr) || perr.Message != want || perr.Code != policy.CodeMalformedPolicy {
			t.Errorf("%.200s\n got %v\nwant %s", doc, err, want)
		}
	}
	for _, doc := range []string{
		head + get + `}]}`,
		head + `"Action":"s3:*","Resource":["arn:aws:s3:::a-data","arn:aws:s3:::a-data/*"],"Condition":{"StringLike":{"s3:prefix":"x*"}}}]}`,
		head + `"Action":["s3:GetObject","s3:ListBucket"],"Resource":"arn:aws:s3:::a-data*"}]}`,
		head + `"Action":"s3:GetObject","Resource":"arn:aws:s3:::a-data/${aws:username}/*","Condition":{"StringEquals":{"s3:ExistingObjectTag/a":"b"}}}]}`,
		`{"Statement":[{"Sid":"with space","Effect":"Deny","NotPrincipal":{"AWS":["111111111111"]},` + get + `}]}`,
		`{"Statement":[{"Effect":"Allow","Principal":{"Service":["logging.s3.amazonaws.com"],"CanonicalUser":"` + strings.Repeat("ab", 32) + `"},` + get + `}]}`,
	} {
		if _, err := policy.Validate([]byte(doc), policy.Bucket, opts); err != nil {
			t.Errorf("%s: %v", doc, err)
		}
	}
}

func TestOtherKinds(t *testing.T) {
	trust := func(inside string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` + inside + `}]}`
	}
	const assume = `"Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"`
	for _, c := range []struct {
		kind policy.Kind
		doc  string
		want string // empty: accepted
	}{
		{policy.Trust, `{`, "This policy contains invalid Json"},
		{policy.Trust, trust(assume), ""},
		{policy.Trust, trust(`"Principal":{"Service":"ec2.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]`), ""},
		{policy.Trust, trust(assume + `,"Resource":"*"`), "Has prohibited field Resource"},
		{policy.Trust, trust(`"Action":"sts:AssumeRole"`), "Missing required field Principal"},
		{policy.Trust, trust(`"NotPrincipal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"`), "AssumeRole policy must not contain NotPrincipal field."},
		{policy.Trust, trust(`"Principal":{"AWS":"111111111111"},"Action":"s3:GetObject"`), "AssumeRole policy may only specify STS AssumeRole actions."},
		{policy.Trust, trust(`"Principal":{"AWS":"arn:aws:iam::111111111111:group/g"},"Action":"sts:AssumeRole"`), `Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:group/g"`},
		{policy.Key, trust(`"Principal":{"AWS":"111111111111"},"Action":"kms:*","Resource":"*"`), ""},
		{policy.Key, trust(`"Action":"kms:*","Resource":"*"`), "Policy contains a statement with no principal."},
		{policy.Key, trust(`"Principal":{"AWS":"nobody"},"Action":"kms:*","Resource":"*"`), "Policy contains a statement with one or more invalid principals."},
		{policy.SCP, trust(`"Action":"*","Resource":"*"`), ""},
		{policy.SCP, trust(`"Principal":"*","Action":"*","Resource":"*"`), "The provided policy document does not meet the requirements of the specified policy type."},
		{policy.RCP, `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}`, ""},
		{policy.RCP, trust(`"Principal":"*","Action":"s3:*","Resource":"*"`), "The provided policy document does not meet the requirements of the specified policy type."},
		{policy.RCP, `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}`, "The provided policy document does not meet the requirements of the specified policy type."},
	} {
		_, err := policy.Validate([]byte(c.doc), c.kind, policy.Options{})
		var perr *policy.Error
		if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &perr) || perr.Message != c.want) {
			t.Errorf("%d %s: %v, want %q", c.kind, c.doc, err, c.want)
		}
	}
}
