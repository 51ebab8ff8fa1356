package store

import (
	"errors"
	"slices"
	"testing"
)

func TestACL(t *testing.T) {
	for _, grants := range [][]Grant{
		{},
		{{GranteeAccount, PermissionFullControl, "000000000001"}},
		{
			{GranteeAccount, PermissionRead, "999999999999"}, {GranteeAllUsers, PermissionWrite, ""},
			{GranteeAuthenticatedUsers, PermissionReadACP, ""}, {GranteeLogDelivery, PermissionWriteACP, ""},
			{GranteeAnonymous, PermissionFullControl, ""}, {GranteeEC2, PermissionRead, ""},
		},
	} {
		row := EncodeACL(grants)
		if len(row) == 0 || len(row) > 1+8*len(grants) {
			t.Errorf("%d grants take %d bytes", len(grants), len(row))
		}
		if got, err := DecodeACL(row); err != nil || !slices.Equal(got, grants) {
			t.Errorf("%v: got %v, %v", grants, got, err)
		}
	}
}

func TestBrokenACL(t *testing.T) {
	good := EncodeACL([]Grant{{GranteeAccount, PermissionRead, "123456789012"}})
	for name, row := range map[string][]byte{
		"nothing": {}, "a grant missing": {1}, "no grantee": {1, 0x01}, "grantee": {1, 0x71}, "permission": {1, 0x23},
		"no permission": {1, 0x20}, "account": {1, 0x11, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, "cut": good[:len(good)-1],
		"more": append(slices.Clone(good), 0), "too many": append([]byte{101}, slices.Repeat([]byte{0x21}, 101)...),
	} {
		if got, err := DecodeACL(row); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func FuzzACL(f *testing.F) {
	f.Add(EncodeACL([]Grant{{GranteeAccount, PermissionRead, "123456789012"}, {GranteeAllUsers, PermissionRead, ""}}))
	f.Fuzz(func(t *testing.T, row []byte) {
		grants, err := DecodeACL(row)
		if err != nil {
			return
		}
		again, err := DecodeACL(EncodeACL(grants))
		if err != nil || !slices.Equal(again, grants) {
			t.Errorf("%v became %v, %v", grants, again, err)
		}
	})
}
