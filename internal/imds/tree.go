package imds

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const latest = "latest"

// versions are those of EC2, each of which has what was there in its time.
//
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
func versions() []string {
	return []string{
		"1.0", "2007-01-19", "2007-03-01", "2007-08-29", "2007-10-10", "2007-12-15", "2008-02-01", "2008-09-01", "2009-04-04",
		"2011-01-01", "2011-05-01", "2012-01-12", "2014-02-25", "2014-11-05", "2015-10-20", "2016-04-19", "2016-06-30", "2016-09-02",
		"2018-03-28", "2018-08-17", "2018-09-24", "2019-10-01", "2020-10-27", "2021-01-03", "2021-03-23", "2021-07-15", "2022-09-24",
		"2024-04-11", latest,
	}
}

// leaf is one thing that can be read, by its path below a version.
type leaf struct {
	since string // the first version that has it
	path  string
	kind  string // media type, text/plain when empty
	text  string
}

// find is what is at a path: the text of a leaf, or the names in a directory, with
// or without a slash at its end.
func find(doc *Document, path string) (kind, text string, ok bool) {
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	if path == "" {
		return "text/plain", strings.Join(versions(), "\n"), true
	}
	version, path, _ := strings.Cut(path, "/")
	if !slices.Contains(versions(), version) {
		return "", "", false
	}
	var names []string
	prefix := path + "/"
	if path == "" {
		prefix = ""
	}
	for _, l := range leaves(doc) {
		if version != latest && l.since > version {
			continue
		}
		if l.path == path {
			return l.media(), l.text, true
		}
		rest, below := strings.CutPrefix(l.path, prefix)
		if !below {
			continue
		}
		name, _, deeper := strings.Cut(rest, "/")
		switch {
		case path == "": // the only directory whose directories have no slash
		case path == "meta-data/public-keys":
			name += "=" + doc.KeyName
		case deeper:
			name += "/"
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return "", "", false
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return "text/plain", strings.Join(names, "\n"), true
}

func (l leaf) media() string {
	if l.kind == "" {
		return "text/plain"
	}
	return l.kind
}

// leaves are everything that the instance can be asked for.
//
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html#instancedata-data-categories
func leaves(d *Document) []leaf {
	mac := macOf(d.InstanceID)
	network := "meta-data/network/interfaces/macs/" + mac + "/"
	all := []leaf{
		{since: "1.0", path: "meta-data/ami-id", text: d.ImageID},
		{since: "1.0", path: "meta-data/ami-launch-index", text: strconv.Itoa(d.AMILaunchIndex)},
		{since: "1.0", path: "meta-data/hostname", text: d.Hostname},
		{since: "2008-09-01", path: "meta-data/instance-action", text: "none"},
		{since: "1.0", path: "meta-data/instance-id", text: d.InstanceID},
		{since: "2019-10-01", path: "meta-data/instance-life-cycle", text: "on-demand"},
		{since: "2007-08-29", path: "meta-data/instance-type", text: d.InstanceType},
		{since: "2007-01-19", path: "meta-data/local-hostname", text: d.Hostname},
		{since: "1.0", path: "meta-data/local-ipv4", text: d.PrivateIP},
		{since: "2011-01-01", path: "meta-data/mac", text: mac},
		{since: "2011-01-01", path: network + "device-number", text: "0"},
		{since: "2011-01-01", path: network + "local-hostname", text: d.Hostname},
		{since: "2011-01-01", path: network + "local-ipv4s", text: d.PrivateIP},
		{since: "2011-01-01", path: network + "mac", text: mac},
		{since: "2011-01-01", path: network + "owner-id", text: d.AccountID},
		{since: "2008-02-01", path: "meta-data/placement/availability-zone", text: d.AvailabilityZone},
		{since: "2020-10-27", path: "meta-data/placement/region", text: d.Region},
		{since: "2011-01-01", path: "meta-data/profile", text: "default-hvm"},
		{since: "1.0", path: "meta-data/reservation-id", text: d.ReservationID},
		{since: "1.0", path: "meta-data/security-groups", text: "default"},
		{since: "2014-02-25", path: "meta-data/services/domain", text: "amazonaws.com"},
		{since: "2015-10-20", path: "meta-data/services/partition", text: "aws"},
	}
	if d.PublicKey != "" {
		all = append(all, leaf{since: "1.0", path: "meta-data/public-keys/0/openssh-key", text: d.PublicKey})
	}
	if d.UserData != nil {
		all = append(all, leaf{since: "1.0", path: "user-data", kind: "application/octet-stream", text: string(d.UserData)})
	}
	return append(append(append(all, identity(d)...), tags(d)...), role(d)...)
}

func identity(d *Document) (out []leaf) {
	for _, l := range []leaf{
		{path: "document", text: d.IdentityDocument},
		{path: "pkcs7", text: d.IdentityPKCS7},
		{path: "rsa2048", text: d.IdentityRSA2048},
		{path: "signature", text: d.IdentitySignature},
	} {
		if l.text != "" {
			l.since, l.path = "2009-04-04", "dynamic/instance-identity/"+l.path
			out = append(out, l)
		}
	}
	return out
}

// tags are the instance's, where it lets them be read. A key with a slash has no
// path of its own; EC2 does not let tags be read with one among them.
func tags(d *Document) (out []leaf) {
	if d.MetadataOptions.InstanceMetadataTags != "enabled" {
		return nil
	}
	for key, value := range d.Tags {
		if !strings.Contains(key, "/") {
			out = append(out, leaf{since: "2021-03-23", path: "meta-data/tags/instance/" + key, text: value})
		}
	}
	return out
}

const success = "Success"

func role(d *Document) (out []leaf) {
	p, c := d.InstanceProfile, d.Credentials
	if p == nil {
		return nil
	}
	info := object("Code", success, "LastUpdated", stamp(d.modified()), "InstanceProfileArn", p.ARN, "InstanceProfileId", p.ID)
	if c != nil && c.RoleName == "" { // the profile itself is what is missing
		info = object("Code", c.Code, "Message", c.Message, "LastUpdated", stamp(c.LastUpdated))
	}
	out = append(out, leaf{since: "2012-01-12", path: "meta-data/iam/info", text: info})
	if c == nil || c.RoleName == "" {
		return out
	}
	text := object("Code", c.Code, "Message", c.Message, "LastUpdated", stamp(c.LastUpdated))
	if c.ok() {
		text = object("Code", c.Code, "LastUpdated", stamp(c.LastUpdated), "Type", c.Type, "AccessKeyId", c.AccessKeyID,
			"SecretAccessKey", c.SecretAccessKey, "Token", c.Token, "Expiration", stamp(c.Expiration))
	}
	return append(out, leaf{since: "2012-01-12", path: "meta-data/iam/security-credentials/" + c.RoleName, text: text})
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// object is a JSON object in the form in which EC2 writes them: one member a line,
// in order.
func object(members ...string) string {
	var b strings.Builder
	b.WriteString("{")
	for i := 0; i+1 < len(members); i += 2 {
		if i > 0 {
			b.WriteString(",")
		}
		value, _ := json.Marshal(members[i+1]) // of a string: no error
		fmt.Fprintf(&b, "\n  %q : %s", members[i], value)
	}
	b.WriteString("\n}")
	return b.String()
}

// macOf is the address of the instance's network interface, which has none but
// this: it is locally administered, and the same whenever it is asked for.
func macOf(instance string) string {
	h := sha256.Sum256([]byte(instance))
	return fmt.Sprintf("02:%02x:%02x:%02x:%02x:%02x", h[0], h[1], h[2], h[3], h[4])
}
