package store

import (
	"encoding/binary"
	"fmt"
	"strconv"
)

// MaxGrants is the most grants of an ACL.
const MaxGrants = 100

// Anonymous is the owner of what callers who did not sign have written, in place
// of an account.
const Anonymous = "anonymous"

// Grantee is whom a grant is for. The numbers are stored and never change.
type Grantee uint8

// The grantees: an account, a group, callers who do not sign as the owner of
// what they wrote, and Amazon EC2, to which aws-exec-read grants.
const (
	GranteeAccount Grantee = iota + 1
	GranteeAllUsers
	GranteeAuthenticatedUsers
	GranteeLogDelivery
	GranteeAnonymous
	GranteeEC2
)

// Permission is what a grant is of. The numbers are stored and never change.
type Permission uint8

// The permissions; PermissionFullControl is all of them.
const (
	PermissionRead        Permission = 1
	PermissionWrite       Permission = 2
	PermissionReadACP     Permission = 4
	PermissionWriteACP    Permission = 8
	PermissionFullControl Permission = 15
)

// Grant is one grant of an ACL.
type Grant struct {
	Grantee    Grantee
	Permission Permission
	Account    string // 12 digits, of GranteeAccount
}

// EncodeACL is how grants are stored. Other than no ACL at all, which is the
// owner's full control alone, no grants are an ACL too.
func EncodeACL(grants []Grant) []byte {
	b := binary.AppendUvarint(make([]byte, 0, 1+8*len(grants)), uint64(len(grants)))
	for i := range grants {
		g := &grants[i]
		b = append(b, byte(g.Grantee)<<4|byte(g.Permission))
		if g.Grantee == GranteeAccount {
			n, _ := strconv.ParseUint(g.Account, 10, 64)
			b = binary.AppendUvarint(b, n)
		}
	}
	return b
}

// DecodeACL reads what EncodeACL made.
func DecodeACL(row []byte) ([]Grant, error) {
	d := decoder{rest: row}
	n := d.count(1)
	if n > MaxGrants {
		d.fail()
		n = 0
	}
	grants := make([]Grant, n)
	for i := range grants {
		b := d.byte()
		g := &grants[i]
		g.Grantee, g.Permission = Grantee(b>>4), Permission(b&15)
		if g.Grantee < GranteeAccount || g.Grantee > GranteeEC2 || !g.Permission.valid() {
			d.fail()
			break
		}
		if g.Grantee == GranteeAccount {
			number := d.uvarint()
			if number > 999_999_999_999 {
				d.fail()
			}
			g.Account = fmt.Sprintf("%012d", number)
		}
	}
	if err := d.end("ACL"); err != nil {
		return nil, err
	}
	return grants, nil
}

func (p Permission) valid() bool {
	switch p {
	case PermissionRead, PermissionWrite, PermissionReadACP, PermissionWriteACP, PermissionFullControl:
		return true
	}
	return false
}
