package directory

import "strings"

// InstanceProfile is a container for one role, which instances are given.
type InstanceProfile struct {
	Entity        // ID is AIPA…
	Role   string `json:"role,omitempty"` // unique id, empty for none
}

// Place implements Resource: names are equal without regard to case.
func (p *InstanceProfile) Place() (k ResourceKind, account, name string) {
	return KindInstanceProfile, p.Account, strings.ToLower(p.Name)
}

func (p *InstanceProfile) refersTo() string { return p.Role }

func (p *InstanceProfile) another() referrer { return new(InstanceProfile) }

// ARN is arn:aws:iam::ACCOUNT:instance-profile/PATH/NAME.
func (p *InstanceProfile) ARN() string {
	return "arn:aws:iam::" + p.Account + ":instance-profile" + p.Path + p.Name
}

// ProfileByName is the account's instance profile with the name, without regard
// to case. ErrNotFound: there is none.
func ProfileByName(t *ReadTx, account, name string) (*InstanceProfile, error) {
	return FindResource(t, &InstanceProfile{Entity: Entity{Account: account, Name: name}})
}

// ProfileByARN is the instance profile with exactly this ARN. ErrNotFound: there
// is none.
func ProfileByARN(t *ReadTx, arn string) (*InstanceProfile, error) {
	account, rest, _ := strings.Cut(strings.TrimPrefix(arn, "arn:aws:iam::"), ":")
	p, err := ProfileByName(t, account, rest[strings.LastIndexByte(rest, '/')+1:])
	if err != nil {
		return nil, err
	}
	if p.ARN() != arn {
		return nil, ErrNotFound
	}
	return p, nil
}

// ProfilesOf lists the instance profiles that have the role with the unique id,
// by name in lower case. Page.PathPrefix is not used.
func ProfilesOf(t *ReadTx, roleID string, p Page) (Listing[*InstanceProfile], error) {
	var out Listing[*InstanceProfile]
	_, account, _, err := t.Locate(roleID)
	if err != nil {
		return out, err
	}
	names, err := t.Referring(roleID, KindInstanceProfile, p)
	if err != nil {
		return out, err
	}
	out.Next = names.Next
	for _, name := range names.Items {
		profile, err := ProfileByName(t, account, name)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, profile)
	}
	return out, nil
}
