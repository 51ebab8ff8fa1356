package authz_test

// worldKey is a condition key with the values that requests and policies give it. Derived keys have no request values.
type worldKey struct {
	name, class   string // class: String, Numeric, Date, Bool, IpAddress, Arn, List, Binary
	given, wanted []string
}

var teams = []string{"red", "blue", "Red", "é", "É", "r*d", "k", "b"}

var dates = []string{"2026-04-01T12:00:00Z", "2026-04-01T14:00:00+02:00", "2026-04-01T12:00:00.5Z", "2026-04-01", "1775044800", "2026-04-02T00:00:00Z",
	"1775044801", "0"}

var principalARNs = []string{"arn:aws:iam::111111111111:user/alice", "arn:aws:iam::111111111111:role/app", "arn:aws:iam::*:user/*",
	"arn:aws:iam::111111111111:*", "arn:aws:iam::*:role/app", "arn:aws:iam::111111111111:role/*", "arn:aws:iam::222222222222:root", "arn:*:*:*:*:*",
	"arn:aws:iam::11111111111?:user/?lice", "arn:aws:sts::111111111111:assumed-role/app/s1", "arn:aws:iam::${aws:PrincipalAccount}:user/alice",
	"arn:aws:iam::111111111111:user/${aws:username}", "arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}", "arn:aws:iam:*:user/alice"}

var worldKeys = []worldKey{
	{"aws:SourceIp", "IpAddress", []string{"10.0.0.1", "10.9.2.3", "203.0.113.7", "2001:db8::1", "2001:db9::1", "nonsense"},
		[]string{"10.0.0.0/8", "10.0.0.1", "10.0.0.0/16", "2001:db8::/32", "0.0.0.0/1", "0.0.0.0/0", "2000::/16", "10.0.0.1/32", "203.0.113.99/24", "2001:db8::1"}},
	{"aws:SourceVpc", "String", []string{"vpc-1", "vpc-2"}, []string{"vpc-1", "vpc-2", "vpc-*"}},
	{"aws:SourceVpce", "String", []string{"vpce-1"}, []string{"vpce-1", "vpce-2", "vpce-?"}},
	{"aws:CurrentTime", "Date", dates, append([]string{"soon", "2026-13-01T00:00:00Z"}, dates...)},
	{"aws:EpochTime", "Numeric", []string{"1775044800", "1775044799"}, []string{"1775044800", "1775044800.0"}},
	{"aws:SecureTransport", "Bool", []string{"true", "false", "TRUE"}, []string{"true", "false", "True"}},
	{"aws:MultiFactorAuthPresent", "Bool", []string{"true", "false"}, []string{"true", "false"}},
	{"aws:MultiFactorAuthAge", "Numeric", []string{"9", "10", "100"}, []string{"10", "10.0", "9.5", "ten"}},
	{"s3:prefix", "String", []string{"k", "alice/", "b", "x"}, []string{"k", "alice/*", "${aws:username}/*", "k*", "?", "${aws:username, 'k'}"}},
	{"s3:delimiter", "String", []string{"/"}, []string{"/", "*"}},
	{"s3:max-keys", "Numeric", []string{"9", "10", "1000", "many"}, []string{"10", "9", "-1", "10.0"}},
	{"s3:x-amz-acl", "String", []string{"private", "public-read", "bucket-owner-full-control", "authenticated-read"},
		[]string{"bucket-owner-full-control", "public-*", "private"}},
	{"s3:authType", "String", []string{"REST-HEADER", "POST"}, []string{"REST-HEADER", "rest-header"}},
	{"s3:TlsVersion", "Numeric", []string{"1.2", "1.3"}, []string{"1.2", "1.3"}},
	{"aws:SourceArn", "Arn", []string{"arn:aws:s3:::b", "arn:aws:s3:::o", "junk"}, []string{"arn:aws:s3:::b", "arn:aws:s3:::*", "arn:*:s3:*:*:?", "junk"}},
	{"aws:SourceAccount", "String", accountIDs, append([]string{"*"}, accountIDs...)},
	{"aws:UserAgent", "String", []string{"aws-cli/2", "curl"}, []string{"aws-cli/*", "CURL", "curl"}},
	{"aws:TagKeys", "List", []string{"team", "Team", "cost"}, []string{"team", "cost", "t*", "${aws:username}"}},
	{"aws:RequestTag/team", "String", teams, append([]string{"${aws:PrincipalTag/team}"}, teams...)},
	{"test:blob", "Binary", []string{"YQ==", "Yg==", "?"}, []string{"YQ==", "Yg==", "YQ"}},
	{"aws:CalledVia", "List", []string{"athena.amazonaws.com", "s3.amazonaws.com"}, []string{"athena.amazonaws.com", "*.amazonaws.com"}},
	{"kms:ViaService", "String", []string{"s3.us-east-1.amazonaws.com"}, []string{"s3.us-east-1.amazonaws.com", "s3.*"}},
	{"kms:EncryptionContext:aws:s3:arn", "String", []string{"arn:aws:s3:::b/k", "arn:aws:s3:::b"}, []string{"arn:aws:s3:::b/*", "arn:aws:s3:::b/k"}},
	{"kms:EncryptionContext:dept", "String", []string{"hr", "it"}, []string{"hr"}},
	{"sts:ExternalId", "String", []string{"x", "y"}, []string{"x", "y", "?"}},
	{"sts:RoleSessionName", "String", []string{"alice", "s1"}, []string{"${aws:username}", "s1"}},
	// Keys that follow from caller and resource.
	{"aws:PrincipalArn", "Arn", nil, principalARNs},
	{"aws:PrincipalAccount", "String", nil, append([]string{"${aws:ResourceAccount}"}, accountIDs...)},
	{"aws:PrincipalType", "String", nil, []string{"User", "AssumedRole", "Account", "Anonymous", "FederatedUser"}},
	{"aws:PrincipalOrgID", "String", nil, []string{"o-1", "o-2", "${aws:ResourceOrgID}"}},
	{"aws:PrincipalOrgPaths", "List", nil, []string{"o-1/r-1/*", "o-1/r-1/ou-1/", "*"}},
	{"aws:PrincipalTag/team", "String", nil, append([]string{"${aws:username}", "${s3:ExistingObjectTag/team}"}, teams...)},
	{"aws:userid", "String", nil, []string{"AROAEXAMPLE000001APP0:*", "AIDAEXAMPLE0001ALICE0", "111111111111", "anonymous", "111111111111:fred"}},
	{"aws:username", "String", nil, []string{"alice", "ALICE", "a*", "${aws:PrincipalTag/team}"}},
	{"aws:ResourceAccount", "String", nil, append([]string{"${aws:PrincipalAccount}"}, accountIDs...)},
	{"aws:ResourceOrgID", "String", nil, []string{"o-1", "${aws:PrincipalOrgID}"}},
	{"aws:ResourceTag/team", "String", nil, teams},
	{"aws:PrincipalIsAWSService", "Bool", nil, []string{"true", "false"}},
	{"aws:PrincipalServiceName", "String", nil, services},
	{"s3:ExistingObjectTag/team", "String", nil, append([]string{"${aws:PrincipalTag/team}"}, teams...)},
	{"s3:ResourceAccount", "String", nil, accountIDs},
	{"s3:DataAccessPointAccount", "String", nil, append([]string{"*"}, accountIDs...)},
	{"s3:DataAccessPointArn", "Arn", nil, []string{"arn:aws:s3:us-east-1:111111111111:accesspoint/ap", "arn:aws:s3:us-east-1:111111111111:accesspoint/*", "arn:aws:s3:*:*:*"}},
	{"s3:AccessPointNetworkOrigin", "String", nil, []string{"VPC", "Internet"}},
	{"kms:CallerAccount", "String", nil, accountIDs},
	{"aws:FederatedProvider", "String", nil, providers},
}

var classOperators = map[string][]string{
	"String": {"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"},
	"Numeric": {"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan",
		"NumericGreaterThanEquals"},
	"Date": {"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"},
	"Bool": {"Bool"}, "Binary": {"BinaryEquals"}, "IpAddress": {"IpAddress", "NotIpAddress"},
	"Arn": {"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringEquals"},
}

var classes = []string{"String", "Numeric", "Date", "Bool", "Binary", "IpAddress", "Arn"}

// operator is one that fits the class, or in a strange world any.
func (m *maker) operator(class string) string {
	if m.chance(8) {
		return "Null"
	}
	list, qualifiers := class == "List", 5
	if list {
		class, qualifiers = "String", 100 // without one, AWS does not say what a list means
	}
	if m.strange && m.chance(10) {
		class = one(m, classes)
	}
	op := one(m, classOperators[class])
	if m.chance(15) {
		op += "IfExists"
	}
	if m.chance(qualifiers) {
		op = one(m, []string{"ForAllValues:", "ForAnyValue:"}) + op
	}
	return op
}

func (m *maker) conditions() node {
	out := node{}
	for len(out) == 0 || m.chance(30) && len(out) < 3 {
		k := one(m, worldKeys)
		m.used = append(m.used, k)
		values := some(m, k.wanted)
		op := m.operator(k.class)
		switch {
		case op == "Null":
			values = []string{one(m, []string{"true", "false", "True"})}
		case m.strange && m.chance(10) && k.given != nil:
			values = append(values, one(m, one(m, worldKeys).wanted))
		}
		under, _ := out[op].(node)
		if under == nil {
			under = node{}
			out[op] = under
		}
		under[m.casing(k.name)] = m.text(values)
	}
	return out
}

// context is what a request says of itself.
func (m *maker) context() map[string]Values {
	out := map[string]Values{}
	for range m.IntN(9) {
		k := one(m, worldKeys)
		if m.chance(70) && len(m.used) > 0 {
			k = one(m, m.used)
		}
		switch {
		case k.given == nil:
		case k.class == "List":
			out[k.name] = Values{List: some(m, k.given), Many: true}
			if m.chance(5) {
				out[k.name] = Values{List: []string{}, Many: true}
			}
		default:
			out[k.name] = Values{List: []string{one(m, k.given)}}
		}
	}
	return out
}
