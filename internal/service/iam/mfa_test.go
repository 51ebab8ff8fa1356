package iam

import (
	"bytes"
	"context"
	"encoding/base32"
	"fmt"
	"image/png"
	"strings"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/totp"
)

// app is an authenticator app that has scanned a device's seed.
type app struct {
	serial *string
	seed   []byte
}

// code is what the app shows so many steps after the tests' time.
func (a *app) code(steps int64) *string { return new(totp.Code(a.seed, totp.Step(start)+steps)) }

func (w *world) device(ctx context.Context, name string) *app {
	w.t.Helper()
	d := must(w.CreateVirtualMFADevice(ctx, &api.CreateVirtualMFADeviceInput{VirtualMFADeviceName: &name})).VirtualMFADevice
	return &app{serial: d.SerialNumber, seed: must(base32.StdEncoding.DecodeString(string(d.Base32StringSeed)))}
}

func (w *world) enable(ctx context.Context, userName string, a *app, one, two int64) error {
	_, err := w.EnableMFADevice(ctx, &api.EnableMFADeviceInput{
		UserName: &userName, SerialNumber: a.serial, AuthenticationCode1: a.code(one), AuthenticationCode2: a.code(two),
	})
	return err
}

// later is ctx some time after the tests' time.
func later(ctx context.Context, d time.Duration) context.Context {
	info := *caller.From(ctx)
	info.Time = info.Time.Add(d)
	return caller.With(ctx, &info)
}

func TestCreateVirtualMFADevice(t *testing.T) {
	w := newWorld(t)
	d := must(w.CreateVirtualMFADevice(w.ctx, &api.CreateVirtualMFADeviceInput{
		VirtualMFADeviceName: new("bob"), Path: new("/team/"), Tags: []api.Tag{{Key: new("a"), Value: new("1")}},
	})).VirtualMFADevice
	same(t, "serial number", *d.SerialNumber, "arn:aws:iam::111111111111:mfa/team/bob")
	same(t, "seed", len(d.Base32StringSeed), 64)
	same(t, "tags", len(d.Tags), 1)
	picture, err := png.Decode(bytes.NewReader(d.QRCodePNG))
	if err != nil || picture.Bounds().Dx() < 21 || picture.Bounds().Dx() != picture.Bounds().Dy() {
		t.Errorf("no picture: %v", err)
	}
	same(t, "what the picture says", otpauth("bob@green", "ABC"),
		"otpauth://totp/Amazon%20Web%20Services:bob@green?secret=ABC&issuer=Amazon%20Web%20Services")

	_, err = w.CreateVirtualMFADevice(w.ctx, &api.CreateVirtualMFADeviceInput{VirtualMFADeviceName: new("BOB"), Path: new("/team/")})
	refused(t, err, 409, "EntityAlreadyExists", "MFADevice entity at the same path and name already exists.")
	w.device(w.ctx, "bob")
	_, err = w.CreateVirtualMFADevice(w.ctx, &api.CreateVirtualMFADeviceInput{VirtualMFADeviceName: new(strings.Repeat("n", 222)), Path: new("/team/")})
	refused(t, err, 400, "ValidationError", "1 validation error detected: Value at 'virtualMFADeviceName' failed to satisfy constraint: Member must have length less than or equal to 226")
	w.refuse = "iam:TagMFADevice arn:aws:iam::111111111111:mfa/x"
	_, err = w.CreateVirtualMFADevice(w.ctx, &api.CreateVirtualMFADeviceInput{VirtualMFADeviceName: new("x"), Tags: []api.Tag{{Key: new("a"), Value: new("1")}}})
	refused(t, err, 403, "AccessDenied", "no "+w.refuse)
}

func TestMFADeviceLifecycle(t *testing.T) {
	w := newWorld(t)
	w.user("bob")
	w.user("eve")
	bob, a := w.asUser("bob"), w.device(w.ctx, "bob")
	refused(t, w.enable(bob, "bob", a, 0, 2), 403, "InvalidAuthenticationCode", "Authentication code for device is not valid.")
	refused(t, w.enable(bob, "bob", a, 2, 3), 403, "InvalidAuthenticationCode", "Authentication code for device is not valid.")
	if err := w.enable(bob, "bob", a, -1, 0); err != nil {
		t.Fatal(err)
	}
	refused(t, w.enable(w.ctx, "eve", a, 0, 1), 409, "EntityAlreadyExists", "MFA Device already in use.")
	for _, ctx := range []context.Context{bob, w.root(acctA)} {
		in := &api.ListMFADevicesInput{UserName: new("bob")}
		l := must(w.ListMFADevices(ctx, in)).MFADevices
		same(t, "devices", len(l), 1)
		same(t, "device", *l[0].SerialNumber+" "+*l[0].UserName+" "+l[0].EnableDate.Format(time.RFC3339), *a.serial+" bob 2026-03-01T12:00:00Z")
	}
	same(t, "devices of another", len(must(w.ListMFADevices(w.ctx, &api.ListMFADevicesInput{UserName: new("eve")})).MFADevices), 0)
	same(t, "its user", *must(w.GetMFADevice(bob, &api.GetMFADeviceInput{SerialNumber: a.serial})).UserName, "bob")
	_, err := w.GetMFADevice(w.ctx, &api.GetMFADeviceInput{SerialNumber: a.serial, UserName: new("eve")})
	refused(t, err, 404, "NoSuchEntity", "MFA Device invalid for user.")

	_, err = w.DeleteVirtualMFADevice(w.ctx, &api.DeleteVirtualMFADeviceInput{SerialNumber: a.serial})
	refused(t, err, 409, "DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.")
	_, err = w.DeleteUser(w.ctx, &api.DeleteUserInput{UserName: new("bob")})
	refused(t, err, 409, "DeleteConflict", "Cannot delete entity, must delete MFA device first.")
	_, err = w.DeactivateMFADevice(w.ctx, &api.DeactivateMFADeviceInput{UserName: new("eve"), SerialNumber: a.serial})
	refused(t, err, 404, "NoSuchEntity", "MFA Device invalid for user.")
	must(w.DeactivateMFADevice(bob, &api.DeactivateMFADeviceInput{SerialNumber: a.serial}))
	refused(t, w.enable(bob, "bob", a, -1, 0), 403, "InvalidAuthenticationCode", "Authentication code for device is not valid.") // used
	must(w.DeleteVirtualMFADevice(w.ctx, &api.DeleteVirtualMFADeviceInput{SerialNumber: a.serial}))
	refused(t, w.enable(bob, "bob", a, 0, 1), 404, "NoSuchEntity", "VirtualMFADevice with serial number arn:aws:iam::111111111111:mfa/bob doesn't exist.")
	must(w.DeleteUser(w.ctx, &api.DeleteUserInput{UserName: new("bob")}))
}

func TestCodesAreTakenOnce(t *testing.T) {
	w := newWorld(t)
	w.user("bob")
	a := w.device(w.ctx, "bob")
	if err := w.enable(w.ctx, "bob", a, -1, 0); err != nil {
		t.Fatal(err)
	}
	bob := *must(w.GetUser(w.ctx, &api.GetUserInput{UserName: new("bob")})).User.UserId
	try := func(code *string) error { return w.dir.UseMFA(t.Context(), acctA, bob, *a.serial, *code, start) }
	check := func(code *string) error {
		return w.dir.CheckMFA(t.Context(), acctA, bob, *a.serial, *code, start)
	}
	for steps, want := range map[int64]error{-3: directory.ErrMFACode, -1: directory.ErrMFACode, 0: directory.ErrMFACode, 3: directory.ErrMFACode, 1: nil, 2: nil} {
		if err := check(a.code(steps)); err != want {
			t.Errorf("a code of %d steps: %v", steps, err)
		}
	}
	n, _ := race(8, func(int) error { return try(a.code(1)) })
	same(t, "times that a code was taken", n, 1)
	if err := try(a.code(0)); err != directory.ErrMFACode {
		t.Errorf("a code from before: %v", err)
	}
	if err := try(a.code(2)); err != nil {
		t.Errorf("the next code: %v", err)
	}
	for _, owner := range []string{"AIDAELSE", "", acctA} {
		if err := w.dir.CheckMFA(t.Context(), acctA, owner, *a.serial, *a.code(3), start); err != directory.ErrMFADevice {
			t.Errorf("a device of another: %v", err)
		}
	}
	if err := w.dir.CheckMFA(t.Context(), acctB, bob, *a.serial, *a.code(3), start); err != directory.ErrMFADevice {
		t.Errorf("a device of another account: %v", err)
	}
}

func TestGuessesAreBounded(t *testing.T) {
	w := newWorld(t)
	w.user("bob")
	a := w.device(w.ctx, "bob")
	if err := w.enable(w.ctx, "bob", a, -1, 0); err != nil {
		t.Fatal(err)
	}
	bob := *must(w.GetUser(w.ctx, &api.GetUserInput{UserName: new("bob")})).User.UserId
	now := start
	try := func(code string) error { return w.dir.UseMFA(t.Context(), acctA, bob, *a.serial, code, now) }
	shown := func() string { return totp.Code(a.seed, totp.Step(now)) }
	guess := func() { // never what the app shows
		wrong := "000000"
		for _, ok := totp.Find(a.seed, wrong, totp.Step(now)-2, totp.Step(now)+2); ok; _, ok = totp.Find(a.seed, wrong, totp.Step(now)-2, totp.Step(now)+2) {
			wrong = fmt.Sprintf("%06d", len(wrong)+int(now.UnixNano()%1000))
		}
		if try(wrong) == nil {
			t.Fatal("a guess is right")
		}
	}
	for range 5 {
		guess()
	}
	for _, wait := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour} {
		now = now.Add(wait - time.Second)
		if try(shown()) == nil {
			t.Fatalf("a code is taken before %v are over", wait)
		}
		now = now.Add(time.Second)
		guess()
	}
	now = now.Add(time.Hour)
	if err := try(shown()); err != nil {
		t.Fatalf("after the longest wait: %v", err)
	}
	for range 5 {
		guess()
	}
	ctx := w.as(*callerOf(w.ctx))
	_, err := w.ResyncMFADevice(later(ctx, now.Sub(start)), &api.ResyncMFADeviceInput{
		UserName: new("bob"), SerialNumber: a.serial, AuthenticationCode1: new(shown()), AuthenticationCode2: new(shown()),
	})
	refused(t, err, 409, "EntityTemporarilyUnmodifiable",
		"MFA device arn:aws:iam::111111111111:mfa/bob got too many wrong authentication codes. Wait before you try again.")
}

func TestResyncMFADevice(t *testing.T) {
	w := newWorld(t)
	w.user("bob")
	a := w.device(w.ctx, "bob")
	resync := func(one, two int64) error {
		_, err := w.ResyncMFADevice(w.ctx, &api.ResyncMFADeviceInput{
			UserName: new("bob"), SerialNumber: a.serial, AuthenticationCode1: a.code(one), AuthenticationCode2: a.code(two),
		})
		return err
	}
	refused(t, resync(0, 1), 404, "NoSuchEntity", "MFA Device invalid for user.")
	if err := w.enable(w.ctx, "bob", a, -1, 0); err != nil {
		t.Fatal(err)
	}
	bob := *must(w.GetUser(w.ctx, &api.GetUserInput{UserName: new("bob")})).User.UserId
	if w.dir.CheckMFA(t.Context(), acctA, bob, *a.serial, *a.code(12), start) == nil {
		t.Error("a code from the future is taken")
	}
	refused(t, resync(20, 21), 403, "InvalidAuthenticationCode", "Authentication code for device is not valid.")
	if err := resync(10, 11); err != nil {
		t.Fatal(err)
	}
	if err := w.dir.CheckMFA(t.Context(), acctA, bob, *a.serial, *a.code(12), start); err != nil {
		t.Errorf("a code of a clock that is ahead: %v", err)
	}
}

func TestMFADevicesOfTheRootUser(t *testing.T) {
	w := newWorld(t)
	a := w.device(w.ctx, "root-account-mfa-device")
	if err := w.enable(w.ctx, acctA, a, 0, 1); err != nil {
		t.Fatal(err)
	}
	w.user("bob")
	_, err := w.DeactivateMFADevice(w.asUser("bob"), &api.DeactivateMFADeviceInput{UserName: new(acctA), SerialNumber: a.serial})
	refused(t, err, 404, "NoSuchEntity", "The user with name "+acctA+" cannot be found.")
	same(t, "devices", len(must(w.ListMFADevices(w.ctx, &api.ListMFADevicesInput{})).MFADevices), 1)
	l := must(w.ListVirtualMFADevices(w.ctx, &api.ListVirtualMFADevicesInput{AssignmentStatus: new("Assigned")})).VirtualMFADevices
	same(t, "whose", *l[0].User.Arn, directory.RootARN(acctA))
	same(t, "summary", must(w.GetAccountSummary(w.ctx, &api.GetAccountSummaryInput{})).SummaryMap["AccountMFAEnabled"], 1)
	must(w.DeactivateMFADevice(w.ctx, &api.DeactivateMFADeviceInput{SerialNumber: a.serial}))
	same(t, "summary", must(w.GetAccountSummary(w.ctx, &api.GetAccountSummaryInput{})).SummaryMap["AccountMFAEnabled"], 0)
}

func TestListVirtualMFADevices(t *testing.T) {
	w := newWorld(t, func(q *Quotas) { q.MFADevicesPerUser = 2 })
	w.user("bob")
	for i := range 5 {
		a := w.device(w.ctx, fmt.Sprint("d", i))
		err := w.enable(w.ctx, "bob", a, 0, 1)
		if i < 2 && err != nil {
			t.Fatal(err)
		} else if i >= 2 {
			refused(t, err, 409, "LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: 2")
		}
	}
	must(w.CreateVirtualMFADevice(w.ctx, &api.CreateVirtualMFADeviceInput{VirtualMFADeviceName: new("d0"), Path: new("/" + strings.Repeat("p", 200) + "/")}))
	names := func(status string) (got string) {
		in := &api.ListVirtualMFADevicesInput{MaxItems: new(int32(1))}
		if status != "" {
			in.AssignmentStatus = &status
		}
		for {
			out := must(w.ListVirtualMFADevices(w.ctx, in))
			for _, d := range out.VirtualMFADevices {
				if d.Base32StringSeed != nil || d.QRCodePNG != nil {
					t.Error("a listing shows a seed")
				}
				serial := *d.SerialNumber
				got += serial[strings.LastIndexByte(serial, '/')+1:] + " "
			}
			if in.Marker = out.Marker; !*out.IsTruncated {
				return got
			}
		}
	}
	same(t, "all", names(""), "d0 d0 d1 d2 d3 d4 ")
	same(t, "any", names("Any"), "d0 d0 d1 d2 d3 d4 ")
	same(t, "assigned", names("Assigned"), "d0 d1 ")
	same(t, "unassigned", names("Unassigned"), "d0 d2 d3 d4 ")
	page := must(w.ListMFADevices(w.ctx, &api.ListMFADevicesInput{UserName: new("bob"), MaxItems: new(int32(1))}))
	rest := must(w.ListMFADevices(w.ctx, &api.ListMFADevicesInput{UserName: new("bob"), Marker: page.Marker}))
	if !*page.IsTruncated || *rest.IsTruncated || *page.MFADevices[0].SerialNumber == *rest.MFADevices[0].SerialNumber {
		t.Error("two pages of one device each are the same")
	}
	sum := must(w.GetAccountSummary(w.ctx, &api.GetAccountSummaryInput{})).SummaryMap
	same(t, "devices", fmt.Sprint(sum["MFADevices"], sum["MFADevicesInUse"]), "6 2")
}

func TestTagsOfMFADevices(t *testing.T) {
	w := newWorld(t)
	a := w.device(w.ctx, "d")
	tag := func(k, v string) api.Tag { return api.Tag{Key: &k, Value: &v} }
	must(w.TagMFADevice(w.ctx, &api.TagMFADeviceInput{SerialNumber: a.serial, Tags: []api.Tag{tag("b", "1"), tag("a", "1"), tag("A", "2")}}))
	must(w.UntagMFADevice(w.ctx, &api.UntagMFADeviceInput{SerialNumber: a.serial, TagKeys: []string{"b", "none"}}))
	l := must(w.ListMFADeviceTags(w.ctx, &api.ListMFADeviceTagsInput{SerialNumber: a.serial})).Tags
	same(t, "tags", fmt.Sprintln(len(l), *l[0].Key, *l[1].Key), "2 A a\n")
	_, err := w.ListMFADeviceTags(w.root(acctB), &api.ListMFADeviceTagsInput{SerialNumber: a.serial})
	refused(t, err, 404, "NoSuchEntity", "VirtualMFADevice with serial number "+*a.serial+" doesn't exist.")
}
