package gateway

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/sigv4"
)

const everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// assume is a session of a role.
func (w *world) assume(who sigv4.Credentials, role, name string, more ...string) sigv4.Credentials {
	w.Helper()
	return credentialsIn(w.ok(who, "sts", "AssumeRole", append([]string{"RoleArn", role, "RoleSessionName", name}, more...)...))
}

// refusedEverywhere checks that credentials open nothing in S3, IAM and STS.
func (w *world) refusedEverywhere(name string, who sigv4.Credentials) {
	w.Helper()
	for _, r := range []struct{ service, action string }{{"sts", "GetCallerIdentity"}, {"iam", "ListUsers"}, {"iam", "GetUser"}} {
		if status, body := w.call(who, r.service, r.action); status != 403 {
			w.Errorf("%s: %s %d %s", name, r.action, status, body)
		}
	}
	for _, path := range []string{"/green-bucket/dir/k", "/green-bucket", "/"} {
		if status, body := w.as(who, "GET", path, ""); status != 403 && status != 400 {
			w.Errorf("%s: GET %s %d %s", name, path, status, body)
		}
	}
}

// TestTokensBelongToTheirKeys: a key, its secret and its token are one thing.
func TestTokensBelongToTheirKeys(t *testing.T) {
	w := hunted(t)
	user := w.user(w.green, "user", everything)
	role := w.role(w.green, "role", trusts(w.green.ID), everything)
	s1, s2 := w.assume(user, role, "one"), w.assume(user, role, "two")
	w.want(200, secret)(w.as(s1, "GET", "/green-bucket/dir/k", ""))
	flip := func(s string, i int) string {
		b := []byte(s)
		b[i] ^= 1
		return string(b)
	}
	for name, who := range map[string]sigv4.Credentials{
		"another session's token":   {AccessKeyID: s1.AccessKeyID, SecretAccessKey: s1.SecretAccessKey, SessionToken: s2.SessionToken},
		"another session's secret":  {AccessKeyID: s1.AccessKeyID, SecretAccessKey: s2.SecretAccessKey, SessionToken: s1.SessionToken},
		"another session's key":     {AccessKeyID: s2.AccessKeyID, SecretAccessKey: s1.SecretAccessKey, SessionToken: s1.SessionToken},
		"no token":                  {AccessKeyID: s1.AccessKeyID, SecretAccessKey: s1.SecretAccessKey},
		"long-term key with token":  {AccessKeyID: user.AccessKeyID, SecretAccessKey: user.SecretAccessKey, SessionToken: s1.SessionToken},
		"token changed in front":    {AccessKeyID: s1.AccessKeyID, SecretAccessKey: s1.SecretAccessKey, SessionToken: flip(s1.SessionToken, 0)},
		"token changed at the end":  {AccessKeyID: s1.AccessKeyID, SecretAccessKey: s1.SecretAccessKey, SessionToken: flip(s1.SessionToken, len(s1.SessionToken)-5)},
		"token cut":                 {AccessKeyID: s1.AccessKeyID, SecretAccessKey: s1.SecretAccessKey, SessionToken: s1.SessionToken[:len(s1.SessionToken)-8]},
		"token twice":               {AccessKeyID: s1.AccessKeyID, SecretAccessKey: s1.SecretAccessKey, SessionToken: s1.SessionToken + s1.SessionToken},
		"endless token":             {AccessKeyID: s1.AccessKeyID, SecretAccessKey: s1.SecretAccessKey, SessionToken: strings.Repeat("A", 20000)},
		"green's key, blue's token": {AccessKeyID: w.green.AccessKeyID, SecretAccessKey: w.blue.SecretAccessKey},
		"key in lower case":         {AccessKeyID: strings.ToLower(user.AccessKeyID), SecretAccessKey: user.SecretAccessKey},
		"empty secret":              {AccessKeyID: user.AccessKeyID},
		"root's name":               {AccessKeyID: "root", SecretAccessKey: user.SecretAccessKey},
		"unique id for a key":       {AccessKeyID: "AIDAAAAAAAAAAAAAAAAA", SecretAccessKey: user.SecretAccessKey},
	} {
		w.refusedEverywhere(name, who)
	}
}

// TestRightsEndWithTheirPrincipal: keys and sessions of what was switched off,
// deleted or made again open nothing; a grant to what had the name before does
// not pass to what has it now.
func TestRightsEndWithTheirPrincipal(t *testing.T) {
	w := hunted(t)
	green, blue := w.green.credentials(), w.blue.credentials()
	trusted := w.user(w.green, "trusted", everything)
	role := w.role(w.green, "role", trusts(w.green.ID), everything)
	session := w.assume(trusted, role, "ses")
	own := credentialsIn(w.ok(trusted, "sts", "GetSessionToken"))
	w.want(200, secret)(w.as(own, "GET", "/green-bucket/dir/k", ""))

	w.ok(green, "iam", "DeleteRolePolicy", "RoleName", "role", "PolicyName", "p")
	w.want(403, "AccessDenied")(w.as(session, "GET", "/green-bucket/dir/k", ""))
	w.ok(green, "iam", "DeleteRole", "RoleName", "role")
	w.role(w.green, "role", trusts(w.green.ID), everything)
	w.refusedEverywhere("session of a role made again", session)

	w.ok(green, "iam", "UpdateAccessKey", "UserName", "trusted", "AccessKeyId", trusted.AccessKeyID, "Status", "Inactive")
	w.refusedEverywhere("inactive key", trusted)
	w.ok(green, "iam", "DeleteAccessKey", "UserName", "trusted", "AccessKeyId", trusted.AccessKeyID)
	w.refusedEverywhere("deleted key", trusted)
	w.ok(green, "iam", "DeleteUserPolicy", "UserName", "trusted", "PolicyName", "p")
	w.ok(green, "iam", "DeleteUser", "UserName", "trusted")
	w.user(w.green, "trusted", everything)
	w.refusedEverywhere("session of a user made again", own)

	// Across accounts: blue's user is named in green's bucket policy.
	reader := w.user(w.blue, "reader", everything)
	w.share("arn:aws:iam::"+w.blue.ID+":user/reader", "s3:GetObject*")
	w.want(200, secret)(w.as(reader, "GET", "/green-bucket/dir/k", ""))
	// Renamed it is the same user; who takes its name is not.
	w.ok(blue, "iam", "UpdateUser", "UserName", "reader", "NewUserName", "renamed", "NewPath", "/elsewhere/")
	w.want(200, secret)(w.as(reader, "GET", "/green-bucket/dir/k", ""))
	impostor := w.user(w.blue, "reader", everything)
	w.want(403, "AccessDenied")(w.as(impostor, "GET", "/green-bucket/dir/k", ""))
	w.want(200, "user/elsewhere/renamed")(w.s3(w.green, "GET", "/green-bucket?policy", ""))
	w.ok(blue, "iam", "DeleteAccessKey", "UserName", "renamed", "AccessKeyId", reader.AccessKeyID)
	w.ok(blue, "iam", "DeleteUserPolicy", "UserName", "renamed", "PolicyName", "p")
	w.ok(blue, "iam", "DeleteUser", "UserName", "renamed")
	w.want(200, "AIDA")(w.s3(w.green, "GET", "/green-bucket?policy", ""))
	w.ok(blue, "iam", "UpdateUser", "UserName", "reader", "NewUserName", "renamed", "NewPath", "/elsewhere/")
	w.want(403, "AccessDenied")(w.as(impostor, "GET", "/green-bucket/dir/k", ""))
}

// TestTemporaryCredentialsStayWithinTheirBounds: what AWS lets no temporary
// credentials do, whatever their policies say.
func TestTemporaryCredentialsStayWithinTheirBounds(t *testing.T) {
	w := hunted(t)
	user := w.user(w.green, "user", everything)
	own := credentialsIn(w.ok(user, "sts", "GetSessionToken"))
	federated := credentialsIn(w.ok(user, "sts", "GetFederationToken", "Name", "bob", "Policy", everything))
	powerless := credentialsIn(w.ok(user, "sts", "GetFederationToken", "Name", "bob"))
	role := w.role(w.green, "role", trusts(w.green.ID), everything)
	session := w.assume(user, role, "ses")
	rootOwn := credentialsIn(w.ok(w.green.credentials(), "sts", "GetSessionToken"))
	for name, c := range map[string]struct {
		who             sigv4.Credentials
		service, action string
		parameters      []string
	}{
		"IAM with a session token":            {own, "iam", "ListUsers", nil},
		"IAM with root's session token":       {rootOwn, "iam", "CreateUser", []string{"UserName", "x"}},
		"IAM by a federated user":             {federated, "iam", "ListUsers", nil},
		"new session from a session token":    {own, "sts", "GetSessionToken", nil},
		"federation from a session token":     {own, "sts", "GetFederationToken", []string{"Name", "eve"}},
		"new session from a role's":           {session, "sts", "GetSessionToken", nil},
		"federation from a role's":            {session, "sts", "GetFederationToken", []string{"Name", "eve"}},
		"role by a federated user":            {federated, "sts", "AssumeRole", []string{"RoleArn", role, "RoleSessionName", "ses"}},
		"session by a federated user":         {federated, "sts", "GetSessionToken", nil},
		"role by root":                        {w.green.credentials(), "sts", "AssumeRole", []string{"RoleArn", role, "RoleSessionName", "ses"}},
		"role by root's session token":        {rootOwn, "sts", "AssumeRole", []string{"RoleArn", role, "RoleSessionName", "ses"}},
		"MFA that nobody has":                 {user, "sts", "AssumeRole", []string{"RoleArn", role, "RoleSessionName", "ses", "SerialNumber", "arn:aws:iam::" + w.green.ID + ":mfa/user", "TokenCode", "123456"}},
		"MFA for a session token":             {user, "sts", "GetSessionToken", []string{"SerialNumber", "GAHT12345678", "TokenCode", "123456"}},
		"longer than an hour by chaining":     {session, "sts", "AssumeRole", []string{"RoleArn", role, "RoleSessionName", "ses", "DurationSeconds", "3601"}},
		"longer than the role's own longest":  {user, "sts", "AssumeRole", []string{"RoleArn", role, "RoleSessionName", "ses", "DurationSeconds", "7200"}},
		"negative duration":                   {user, "sts", "AssumeRole", []string{"RoleArn", role, "RoleSessionName", "ses", "DurationSeconds", "-1"}},
		"session name with a slash":           {user, "sts", "AssumeRole", []string{"RoleArn", role, "RoleSessionName", "a/b"}},
		"session name with a star":            {user, "sts", "AssumeRole", []string{"RoleArn", role, "RoleSessionName", "a*"}},
		"session name with a variable":        {user, "sts", "AssumeRole", []string{"RoleArn", role, "RoleSessionName", "${aws:username}"}},
		"session name with a line end":        {user, "sts", "AssumeRole", []string{"RoleArn", role, "RoleSessionName", "ab\n"}},
		"another account's session policy":    {user, "sts", "AssumeRole", []string{"RoleArn", role, "RoleSessionName", "ses", "PolicyArns.member.1.arn", "arn:aws:iam::" + w.blue.ID + ":policy/p"}},
		"empty session policy":                {user, "sts", "AssumeRole", []string{"RoleArn", role, "RoleSessionName", "ses", "Policy", ""}},
		"reserved session tag":                {user, "sts", "AssumeRole", []string{"RoleArn", role, "RoleSessionName", "ses", "Tags.member.1.Key", "AWS:x", "Tags.member.1.Value", "y"}},
		"tags that differ in case alone":      {user, "sts", "AssumeRole", []string{"RoleArn", role, "RoleSessionName", "ses", "Tags.member.1.Key", "team", "Tags.member.1.Value", "a", "Tags.member.2.Key", "Team", "Tags.member.2.Value", "b"}},
		"role in another case":                {user, "sts", "AssumeRole", []string{"RoleArn", strings.Replace(role, "role/role", "role/Role", 1), "RoleSessionName", "ses"}},
		"role's ARN with a star":              {user, "sts", "AssumeRole", []string{"RoleArn", role + "*", "RoleSessionName", "ses"}},
		"session's ARN for the role's":        {user, "sts", "AssumeRole", []string{"RoleArn", "arn:aws:sts::" + w.green.ID + ":assumed-role/role/ses", "RoleSessionName", "ses"}},
		"user for a role":                     {user, "sts", "AssumeRole", []string{"RoleArn", "arn:aws:iam::" + w.green.ID + ":user/user", "RoleSessionName", "ses"}},
		"the role that everyone's account is": {user, "sts", "AssumeRole", []string{"RoleArn", "arn:aws:iam::" + w.green.ID + ":root", "RoleSessionName", "ses"}},
	} {
		if status, body := w.call(c.who, c.service, c.action, c.parameters...); status != 403 && status != 400 {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	w.want(200, secret)(w.as(federated, "GET", "/green-bucket/dir/k", ""))
	w.want(403, "AccessDenied")(w.as(powerless, "GET", "/green-bucket/dir/k", ""))
}

// TestTrustIsNotBent: who may assume a role and who may not.
func TestTrustIsNotBent(t *testing.T) {
	w := hunted(t)
	green, blue := w.green.credentials(), w.blue.credentials()
	mighty := w.user(w.blue, "mighty", everything)
	weak := w.user(w.blue, "weak", "")
	closed := w.role(w.green, "closed", trusts(w.green.ID), everything)
	outside := w.role(w.green, "outside", trusts(w.blue.ID), everything)
	named := w.role(w.green, "named", trusts("arn:aws:iam::"+w.blue.ID+":user/weak"), everything)
	external := w.role(w.green, "external", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+w.blue.ID+`"},
		"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"word"}}}]}`, everything)
	hop := w.role(w.blue, "hop", trusts(w.blue.ID), everything)
	hopping := w.assume(mighty, hop, "ses")
	greenUser := w.user(w.green, "local", everything)
	alone := w.role(w.green, "alone", trusts("arn:aws:iam::"+w.green.ID+":role/closed"), everything)
	for name, c := range map[string]struct {
		who  sigv4.Credentials
		role string
		more []string
	}{
		"role that trusts its own account":   {mighty, closed, nil},
		"account named, no permission":       {weak, outside, nil},
		"user named, no permission":          {weak, named, nil},
		"another user than the named":        {mighty, named, nil},
		"no external id":                     {mighty, external, nil},
		"empty external id":                  {mighty, external, []string{"ExternalId", ""}},
		"external id in another case":        {mighty, external, []string{"ExternalId", "Word"}},
		"external id with a wildcard":        {mighty, external, []string{"ExternalId", "*"}},
		"external id twice":                  {mighty, external, []string{"ExternalId", "word,other"}},
		"tags that the trust does not allow": {mighty, outside, []string{"Tags.member.1.Key", "k", "Tags.member.1.Value", "v"}},
		"source identity not allowed":        {mighty, outside, []string{"SourceIdentity", "me"}},
		"chained to a closed role":           {hopping, closed, nil},
		"chained where the user is named":    {hopping, named, nil},
		"root of the other account":          {blue, outside, nil},
		"local user, role named only":        {greenUser, alone, nil},
		"role itself":                        {w.assume(greenUser, closed, "ses"), w.role(w.green, "selfish", trusts("arn:aws:iam::"+w.green.ID+":user/local"), everything), nil},
	} {
		status, body := w.call(c.who, "sts", "AssumeRole", append([]string{"RoleArn", c.role, "RoleSessionName", "ses"}, c.more...)...)
		if status != 403 && status != 400 {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	w.assume(mighty, outside, "ses")
	w.assume(mighty, external, "ses", "ExternalId", "word")
	w.assume(hopping, outside, "ses")
	// What exists and what does not look the same.
	_, no := w.call(mighty, "sts", "AssumeRole", "RoleArn", closed, "RoleSessionName", "ses")
	_, none := w.call(mighty, "sts", "AssumeRole", "RoleArn", closed+"x", "RoleSessionName", "ses")
	if element(none, "Message") != strings.Replace(element(no, "Message"), closed, closed+"x", 1) {
		t.Errorf("%s\n%s", no, none)
	}
	for name, trust := range map[string]string{
		"NotPrincipal":       `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"` + w.blue.ID + `"},"Action":"sts:AssumeRole"}]}`,
		"wildcard in an ARN": trusts("arn:aws:iam::" + w.blue.ID + ":user/*"),
		"wildcard account":   trusts("arn:aws:iam::*:root"),
		"no such user":       trusts("arn:aws:iam::" + w.blue.ID + ":user/none"),
		"user in other case": trusts("arn:aws:iam::" + w.blue.ID + ":user/Weak"),
		"group":              trusts("arn:aws:iam::" + w.blue.ID + ":group/g"),
	} {
		if status, body := w.call(green, "iam", "CreateRole", "RoleName", "bad", "AssumeRolePolicyDocument", trust); status != 400 {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}
