package gateway

import (
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// statements is a policy of more than one statement.
func statements(all ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(all, ",") + `]}`
}

func allows(action, resource string, condition ...string) string {
	more := ""
	if len(condition) > 0 {
		more = `,"Condition":` + condition[0]
	}
	return `{"Effect":"Allow","Action":"` + action + `","Resource":"` + resource + `"` + more + `}`
}

// TestLaunchesAskForTheirResources: RunInstances is asked on everything that it
// uses and makes, and for the role that it passes on.
func TestLaunchesAskForTheirResources(t *testing.T) {
	w := hunted(t)
	green := w.green.credentials()
	image := w.image()
	role := w.role(w.green, "app", trustsEC2, "")
	w.role(w.green, "admin", trustsEC2, everything)
	w.profile(w.green, "app", "app")
	w.profile(w.green, "admin", "admin")
	w.profile(w.blue, "theirs", "")
	w.okEC2(green, "CreateKeyPair", "KeyName", "k", "KeyType", "ed25519")
	here := "arn:aws:ec2:us-east-1:" + w.green.ID + ":"
	launch := allows("ec2:RunInstances", "*")
	pass := func(condition ...string) string { return allows("iam:PassRole", role, condition...) }
	to := func(key, value string) string { return `{"StringEquals":{"` + key + `":"` + value + `"}}` }
	plain := []string{"ImageId", image, "MinCount", "1", "MaxCount", "1", "InstanceType", "t3.micro"}
	profiled := append([]string{"IamInstanceProfile.Name", "app"}, plain...)
	tagged := append([]string{"TagSpecification.1.ResourceType", "instance", "TagSpecification.1.Tag.1.Key", "team", "TagSpecification.1.Tag.1.Value", "red"}, plain...)
	parameter := []string{"ImageId", "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", "MinCount", "1", "MaxCount", "1"}
	parts := func(without string) string {
		var out []string
		for _, r := range []string{here + "instance/*", "arn:aws:ec2:us-east-1::image/" + image, here + "subnet/*", here + "network-interface/*",
			here + "security-group/*", here + "volume/*", here + "key-pair/k"} {
			if without == "" || !strings.Contains(r, without) {
				out = append(out, allows("ec2:RunInstances", r))
			}
		}
		return statements(out...)
	}
	keyed := append([]string{"KeyName", "k"}, plain...)
	for name, c := range map[string]struct {
		policy string
		launch []string
		want   string // in the refusal; empty: it is allowed
	}{
		"nothing":                        {"", plain, "ec2:RunInstances on resource: " + here + "instance/* because no identity-based policy"},
		"all":                            {statements(launch), plain, ""},
		"each":                           {parts(""), keyed, ""},
		"no instance":                    {parts("instance/"), keyed, "instance/*"},
		"no image":                       {parts(":image/"), keyed, ":image/" + image},
		"no subnet":                      {parts(":subnet/"), keyed, ":subnet/"},
		"no interface":                   {parts(":network-interface/"), keyed, ":network-interface/*"},
		"no group":                       {parts(":security-group/"), keyed, ":security-group/"},
		"no volume":                      {parts(":volume/"), keyed, ":volume/*"},
		"no key":                         {parts(":key-pair/"), keyed, ":key-pair/k"},
		"a key not asked for":            {parts(":key-pair/"), plain, ""},
		"another type":                   {statements(allows("ec2:RunInstances", "*", to("ec2:InstanceType", "t2.micro"))), plain, "instance/*"},
		"the type":                       {statements(allows("ec2:RunInstances", here+"instance/*", to("ec2:InstanceType", "t3.micro")), allows("ec2:RunInstances", "arn:aws:ec2:*:*:[!i]*"), allows("ec2:RunInstances", "arn:aws:ec2:*::image/*")), plain, ":subnet/"},
		"images of amazon alone":         {statements(launch, `{"Effect":"Deny","Action":"ec2:RunInstances","Resource":"arn:aws:ec2:*::image/*","Condition":{"StringNotEquals":{"ec2:Owner":"amazon"}}}`), plain, ""},
		"no images of amazon":            {statements(launch, `{"Effect":"Deny","Action":"ec2:RunInstances","Resource":"arn:aws:ec2:*::image/*","Condition":{"StringEquals":{"ec2:Owner":"amazon"}}}`), plain, "with an explicit deny in an identity-based policy"},
		"resources of its account alone": {statements(launch, `{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:ResourceAccount":"`+w.green.ID+`"}}}`), plain, ":image/" + image},
		"parameter not allowed":          {statements(launch), parameter, "ssm:GetParameters on resource: arn:aws:ssm:us-east-1::parameter/aws/service/"},
		"parameter allowed":              {statements(launch, allows("ssm:GetParameters", "arn:aws:ssm:*::parameter/aws/*")), parameter, ""},
		"tokens not required":            {statements(launch, `{"Effect":"Deny","Action":"ec2:RunInstances","Resource":"arn:aws:ec2:*:*:instance/*","Condition":{"StringNotEquals":{"ec2:MetadataHttpTokens":"required"}}}`), plain, "explicit deny"},
		"tokens required":                {statements(launch, `{"Effect":"Deny","Action":"ec2:RunInstances","Resource":"arn:aws:ec2:*:*:instance/*","Condition":{"StringNotEquals":{"ec2:MetadataHttpTokens":"required"}}}`), append([]string{"MetadataOptions.HttpTokens", "required"}, plain...), ""},
		"role not passed":                {statements(launch), profiled, "iam:PassRole on resource: " + role + " because no identity-based policy"},
		"role passed":                    {statements(launch, pass()), profiled, ""},
		"passed to EC2":                  {statements(launch, pass(to("iam:PassedToService", "ec2.amazonaws.com"))), profiled, ""},
		"passed to another service":      {statements(launch, pass(to("iam:PassedToService", "lambda.amazonaws.com"))), profiled, "iam:PassRole"},
		"passed to instances":            {statements(launch, pass(`{"ArnLike":{"iam:AssociatedResourceArn":"`+here+`instance/*"}}`)), profiled, ""},
		"passed to others' instances":    {statements(launch, pass(`{"ArnLike":{"iam:AssociatedResourceArn":"arn:aws:ec2:*:`+w.blue.ID+`:instance/*"}}`)), profiled, "iam:PassRole"},
		"another role":                   {statements(launch, pass()), append([]string{"IamInstanceProfile.Name", "admin"}, plain...), "iam:PassRole on resource: arn:aws:iam::" + w.green.ID + ":role/admin"},
		"the profile is no role":         {statements(launch, allows("iam:PassRole", "arn:aws:iam::*:instance-profile/*")), profiled, "iam:PassRole"},
		"tags not allowed":               {statements(launch), tagged, "ec2:CreateTags on resource: " + here + "instance/*"},
		"tags at launch":                 {statements(launch, allows("ec2:CreateTags", "*", to("ec2:CreateAction", "RunInstances"))), tagged, ""},
		"tags of another action":         {statements(launch, allows("ec2:CreateTags", "*", to("ec2:CreateAction", "CreateVolume"))), tagged, "ec2:CreateTags"},
		"tags that are asked for":        {statements(allows("ec2:RunInstances", "*", to("aws:RequestTag/team", "red")), allows("ec2:RunInstances", "arn:aws:ec2:*:*:*", `{"Null":{"aws:RequestTag/team":"true"}}`), allows("ec2:RunInstances", "arn:aws:ec2:*::image/*"), allows("ec2:CreateTags", "*")), tagged, ""},
		"other tags":                     {statements(allows("ec2:RunInstances", "*", to("aws:RequestTag/team", "blue")), allows("ec2:CreateTags", "*")), tagged, "instance/*"},
	} {
		name = strings.NewReplacer(" ", "-", "'", "").Replace(name)
		status, body := w.ec2(w.user(w.green, name, c.policy), "RunInstances", append([]string{"ClientToken", name}, c.launch...)...)
		if c.want == "" && status != 200 || c.want != "" && (status != 403 || !strings.Contains(body, "<Code>UnauthorizedOperation</Code>") || !strings.Contains(body, c.want)) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	for name, c := range map[string][2]string{
		"unknown name":      {"IamInstanceProfile.Name", "nobody"},
		"a role's name":     {"IamInstanceProfile.Name", "role/app"},
		"another account":   {"IamInstanceProfile.Arn", "arn:aws:iam::" + w.blue.ID + ":instance-profile/theirs"},
		"of a role":         {"IamInstanceProfile.Arn", role},
		"with a wrong path": {"IamInstanceProfile.Arn", "arn:aws:iam::" + w.green.ID + ":instance-profile/x/app"},
	} {
		want := "Invalid IAM Instance Profile " + map[bool]string{true: "name", false: "ARN"}[c[0] == "IamInstanceProfile.Name"]
		if status, body := w.ec2(green, "RunInstances", append([]string{c[0], c[1]}, plain...)...); status != 400 || !strings.Contains(body, want) || !strings.Contains(body, "<Code>InvalidParameterValue</Code>") {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	w.want(400, "InvalidParameterCombination")(w.ec2(green, "RunInstances", append([]string{"IamInstanceProfile.Arn", "x"}, profiled...)...))
	w.profile(w.green, "empty", "")
	w.want(400, "has no associated IAM Roles")(w.ec2(green, "RunInstances", append([]string{"IamInstanceProfile.Name", "empty"}, plain...)...))
}

// TestProfilesOfInstancesAskForTheirRoles: giving an instance another profile
// passes a role as a launch does.
func TestProfilesOfInstancesAskForTheirRoles(t *testing.T) {
	w := hunted(t)
	green := w.green.credentials()
	role := w.role(w.green, "app", trustsEC2, "")
	w.role(w.green, "admin", trustsEC2, everything)
	w.profile(w.green, "app", "app")
	w.profile(w.green, "admin", "admin")
	id := w.launch("TagSpecification.1.ResourceType", "instance", "TagSpecification.1.Tag.1.Key", "team", "TagSpecification.1.Tag.1.Value", "red")
	other := w.launch()
	here := "arn:aws:ec2:us-east-1:" + w.green.ID + ":instance/"
	red := `{"StringEquals":{"aws:ResourceTag/team":"red"}}`
	user := w.user(w.green, "operator", statements(
		`{"Effect":"Allow","Action":["ec2:AssociateIamInstanceProfile","ec2:ReplaceIamInstanceProfileAssociation","ec2:DisassociateIamInstanceProfile","ec2:StopInstances"],"Resource":"*","Condition":`+red+`}`,
		allows("iam:PassRole", role, `{"ArnEquals":{"iam:AssociatedResourceArn":"`+here+id+`"}}`)))
	w.want(403, "iam:PassRole")(w.ec2(user, "AssociateIamInstanceProfile", "InstanceId", id, "IamInstanceProfile.Name", "admin"))
	w.want(403, "ec2:AssociateIamInstanceProfile")(w.ec2(user, "AssociateIamInstanceProfile", "InstanceId", other, "IamInstanceProfile.Name", "app"))
	made := w.okEC2(user, "AssociateIamInstanceProfile", "InstanceId", id, "IamInstanceProfile.Name", "app")
	if element(made, "state") != "associating" {
		t.Error(made)
	}
	w.want(400, "There is an existing association for instance "+id)(w.ec2(user, "AssociateIamInstanceProfile", "InstanceId", id, "IamInstanceProfile.Name", "app"))
	association := element(made, "associationId")
	w.want(403, "iam:PassRole")(w.ec2(user, "ReplaceIamInstanceProfileAssociation", "AssociationId", association, "IamInstanceProfile.Name", "admin"))
	next := element(w.okEC2(user, "ReplaceIamInstanceProfileAssociation", "AssociationId", association, "IamInstanceProfile.Name", "app"), "associationId")
	if next == association || next == "" {
		t.Errorf("replaced by %q", next)
	}
	w.want(400, "InvalidAssociationID.NotFound")(w.ec2(green, "DisassociateIamInstanceProfile", "AssociationId", association))
	w.want(403, "UnauthorizedOperation")(w.ec2(user, "DisassociateIamInstanceProfile", "AssociationId", association)) // as one of another's
	w.want(200, "disassociating")(w.ec2(user, "DisassociateIamInstanceProfile", "AssociationId", next))
	if all := w.okEC2(green, "DescribeIamInstanceProfileAssociations"); strings.Contains(all, "iip-assoc") {
		t.Error(all)
	}
	// All instances of a request must be allowed, or none changes.
	w.want(403, here+other)(w.ec2(user, "StopInstances", "InstanceId.1", id, "InstanceId.2", other))
	w.want(200, "<name>running</name>")(w.ec2(green, "DescribeInstances", "InstanceId.1", id))
	w.want(200, "<name>stopping</name>")(w.ec2(user, "StopInstances", "InstanceId.1", id))
}

// TestAuthorizationMessages: the message of a refusal is for those of the
// caller's account who may decode it.
func TestAuthorizationMessages(t *testing.T) {
	w := hunted(t)
	green := w.green.credentials()
	id := w.launch()
	user := w.user(w.green, "user", statements(`{"Sid":"NoStops","Effect":"Deny","Action":"ec2:StopInstances","Resource":"*"}`))
	decoder := w.user(w.green, "decoder", allow("sts:DecodeAuthorizationMessage", "*"))
	_, body := w.ec2(user, "StopInstances", "InstanceId.1", id)
	_, message, ok := strings.Cut(element(body, "Message"), ". Encoded authorization failure message: ")
	if !ok || !strings.HasPrefix(element(body, "Message"), "You are not authorized to perform this operation. User: arn:aws:iam::"+w.green.ID+":user/user is not authorized to perform: ec2:StopInstances on resource: ") {
		t.Fatal(body)
	}
	decoded := w.ok(decoder, "sts", "DecodeAuthorizationMessage", "EncodedMessage", message)
	for _, want := range []string{"&#34;allowed&#34;:false", "&#34;explicitDeny&#34;:true", "NoStops", "user/user", "ec2:StopInstances", "instance/" + id, "aws:PrincipalArn"} {
		if !strings.Contains(decoded, want) && !strings.Contains(strings.ReplaceAll(decoded, "&quot;", "&#34;"), want) {
			t.Errorf("%q is not in %s", want, decoded)
		}
	}
	w.want(403, "AccessDenied")(w.call(user, "sts", "DecodeAuthorizationMessage", "EncodedMessage", message))
	for name, c := range map[string]struct {
		who     sigv4.Credentials
		message string
	}{
		"another account": {w.blue.credentials(), message}, "changed": {green, message[:len(message)-2] + "AA"}, "nothing": {green, "x"},
		"a session token": {green, element(w.ok(green, "sts", "GetSessionToken"), "SessionToken")},
	} {
		if status, body := w.call(c.who, "sts", "DecodeAuthorizationMessage", "EncodedMessage", c.message); status != 400 || !strings.Contains(body, "InvalidAuthorizationMessageException") {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	// However much a request brings, its message can be given back.
	parameters := []string{"ResourceId.1", id}
	for i := range 50 {
		n := string(rune('A'+i%26)) + string(rune('a'+i/26))
		parameters = append(parameters, "Tag."+strconv.Itoa(i+1)+".Key", n, "Tag."+strconv.Itoa(i+1)+".Value", strings.Repeat(newRequestIDs().host, 2))
	}
	_, body = w.ec2(user, "CreateTags", parameters...)
	if _, message, ok = strings.Cut(element(body, "Message"), "failure message: "); !ok || len(message) > 10240 {
		t.Errorf("%d bytes in %s", len(message), body)
	}
	w.ok(green, "sts", "DecodeAuthorizationMessage", "EncodedMessage", message)
	// What lists is refused without one.
	if _, body := w.ec2(user, "DescribeInstances"); strings.Contains(body, "Encoded") || !strings.Contains(body, "to perform: ec2:DescribeInstances because no identity-based policy allows") {
		t.Error(body)
	}
}
