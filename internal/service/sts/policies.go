package sts

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"net/http"

	api "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// packedLimit is how many bytes the session's policies and tags may have
// together when packed.
const packedLimit = 2048

// setPolicies gives the session its policies. It returns how much of the room
// for packed policies and tags is taken, in percent, or nil if there are none.
func (s *Service) setPolicies(session *directory.Session, inline *string, managed []api.PolicyDescriptorType) (*int32, error) {
	if inline != nil {
		if err := checkPolicy(*inline); err != nil {
			return nil, err
		}
		session.Policy = *inline
	}
	if len(managed) > policy.MaxSessionARNs {
		return nil, invalid(fmt.Sprintf("1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to %d", policy.MaxSessionARNs))
	}
	plain := len([]rune(session.Policy))
	for _, m := range managed {
		policyARN := text(m.Arn)
		if !s.usable(policyARN, session.Account) {
			return nil, invalid(policyARN + " is invalid")
		}
		session.PolicyARNs = append(session.PolicyARNs, policyARN)
		plain += len(policyARN)
	}
	if plain > policy.MaxSession {
		return nil, tooLarge("policy", plain*100/policy.MaxSession)
	}
	if plain == 0 && len(session.Tags) == 0 {
		return nil, nil
	}
	percent := max(1, packed(session)*100/packedLimit)
	if percent > 100 {
		what := "policy"
		if plain == 0 {
			what = "session tags"
		}
		return nil, tooLarge(what, percent)
	}
	size := int32(percent)
	return &size, nil
}

// usable tells whether a session of the account may have the managed policy: it
// must exist, in that account or as one of AWS's.
func (s *Service) usable(policyARN, account string) bool {
	own := "arn:aws:iam::" + account + ":policy/"
	aws := "arn:aws:iam::" + directory.AWSAccount + ":policy/"
	return (len(policyARN) > len(own) && policyARN[:len(own)] == own || len(policyARN) > len(aws) && policyARN[:len(aws)] == aws) &&
		s.dir.ManagedPolicyExists(account, policyARN)
}

func checkPolicy(document string) error {
	err := policy.CheckCharacters([]byte(document), "policy")
	if err == nil {
		_, err = policy.Validate([]byte(document), policy.Session, policy.Options{})
	}
	var refused *policy.Error
	if errors.As(err, &refused) {
		return &wire.Error{Code: string(refused.Code), Message: refused.Message, Status: http.StatusBadRequest}
	}
	return err
}

func tooLarge(what string, percent int) error {
	if what == "policy" {
		return api.NewError("PackedPolicyTooLarge", fmt.Sprintf("Packed policy consumes %d%% of allotted space, please use smaller policy.", percent))
	}
	return api.NewError("PackedPolicyTooLarge", fmt.Sprintf("Packed size of %s consumes %d%% of allotted space.", what, percent))
}

// packed is the size in bytes of the session's policies and tags when packed.
// Only policies get smaller by it: at AWS too, many long tags are too large
// however alike they are.
func packed(session *directory.Session) int {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return packedLimit + 1 // a level that flate does not know
	}
	io.WriteString(w, session.Policy)
	for _, a := range session.PolicyARNs {
		io.WriteString(w, a+"\n")
	}
	w.Close()
	size := out.Len()
	for _, t := range session.Tags {
		size += len(t.Key) + len(t.Value) + 2
	}
	return size
}
