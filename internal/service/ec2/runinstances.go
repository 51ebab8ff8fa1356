package ec2

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	api "github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/directory"
)

const (
	// maxInstances is how many instances an account may have, terminated ones aside.
	maxInstances = 1000
	// maxRecords is how many records of instances an account may have, those included
	// that have been terminated and can still be seen.
	maxRecords  = 2 * maxInstances
	maxUserData = 16 << 10 // bytes, decoded
	maxToken    = 64       // characters of a client token
)

// RunInstances makes instances. They are pending in the answer and running
// whenever they are looked at.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
func (s *Service) RunInstances(ctx context.Context, in *api.RunInstancesInput) (*api.RunInstancesOutput, error) {
	l, err := s.newLaunch(ctx, in)
	if err != nil {
		return nil, err
	}
	if err := l.askParameter(ctx); err != nil {
		return nil, err
	}
	var made []*directory.Instance
	err = s.update(ctx, func(t *directory.Tx) (err error) {
		made, err = l.run(ctx, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	r := s.reservation(made)
	for i := range r.Instances {
		if made[i].State == running && made[i].Launched.Equal(l.at) {
			r.Instances[i].State = state("pending")
		}
	}
	return &api.RunInstancesOutput{ReservationId: r.ReservationId, OwnerId: r.OwnerId, Groups: r.Groups, Instances: r.Instances}, nil
}

// launch is a RunInstances request that has been checked.
type launch struct {
	s        *Service
	in       *api.RunInstancesInput
	at       time.Time
	account  string
	image    image
	network  network
	subnet   subnet
	tags     []directory.Tag
	metadata directory.InstanceMetadata
	userData []byte
	hash     string
}

// unsupportedAtLaunch are the parameters that would need something to boot, or
// networks and volumes that can be made.
var unsupportedAtLaunch = []string{
	"BlockDeviceMappings", "Ipv6AddressCount", "Ipv6Addresses", "KernelId", "RamdiskId", "ElasticGpuSpecification",
	"ElasticInferenceAccelerators", "LaunchTemplate", "InstanceMarketOptions", "CpuOptions", "CapacityReservationSpecification",
	"LicenseSpecifications", "PrivateDnsNameOptions", "EnablePrimaryIpv6", "NetworkPerformanceOptions", "Operator",
	"SecondaryInterfaces", "PrivateIpAddress", "AdditionalInfo",
}

func checkSupported(in *api.RunInstancesInput) error {
	v := reflect.ValueOf(in).Elem()
	for _, name := range unsupportedAtLaunch {
		if f := v.FieldByName(name); !f.IsNil() {
			return unsupported(name)
		}
	}
	for name, on := range map[string]*bool{
		"DisableApiTermination": in.DisableApiTermination, "DisableApiStop": in.DisableApiStop, "EbsOptimized": in.EbsOptimized,
	} {
		if value(on) {
			return unsupported(name)
		}
	}
	switch {
	case in.HibernationOptions != nil && value(in.HibernationOptions.Configured):
		return unsupported("HibernationOptions")
	case in.EnclaveOptions != nil && value(in.EnclaveOptions.Enabled):
		return unsupported("EnclaveOptions")
	case in.Monitoring != nil && value(in.Monitoring.Enabled):
		return unsupported("Monitoring")
	}
	if p := in.Placement; p != nil {
		zoned := *p
		zoned.AvailabilityZone = nil
		if value(zoned.Tenancy) == "default" {
			zoned.Tenancy = nil
		}
		if zoned != (api.Placement{}) {
			return unsupported("Placement")
		}
	}
	if b := in.InstanceInitiatedShutdownBehavior; b != nil && *b != "stop" && *b != "terminate" {
		return badValue(*b, "InstanceInitiatedShutdownBehavior", "Valid values are stop and terminate.")
	}
	return checkInterfaces(in)
}

// checkInterfaces allows for one network interface, as SDKs and tools write the
// subnet and the groups.
func checkInterfaces(in *api.RunInstancesInput) error {
	if len(in.NetworkInterfaces) == 0 {
		return nil
	}
	if in.SubnetId != nil || in.SecurityGroupIds != nil || in.SecurityGroups != nil {
		return fault("InvalidParameterCombination", "Network interfaces and an instance-level subnet ID or security groups may not be specified on the same request")
	}
	plain := in.NetworkInterfaces[0]
	plain.DeviceIndex, plain.SubnetId, plain.Groups, plain.Description, plain.DeleteOnTermination, plain.AssociatePublicIpAddress = nil, nil, nil, nil, nil, nil
	if len(in.NetworkInterfaces) > 1 || !reflect.ValueOf(plain).IsZero() || value(in.NetworkInterfaces[0].DeviceIndex) != 0 {
		return unsupported("NetworkInterfaces")
	}
	return nil
}

func (s *Service) newLaunch(ctx context.Context, in *api.RunInstancesInput) (*launch, error) {
	l := &launch{s: s, in: in, at: now(ctx), account: accountOf(ctx)}
	l.network = s.network(l.account)
	if in.ImageId == nil {
		return nil, fault("MissingParameter", "The request must contain the parameter ImageId")
	}
	err := checkSupported(in)
	if err == nil {
		l.image, err = s.launchImage(in)
	}
	if err == nil {
		err = checkType(launchType(in), l.image)
	}
	if err == nil {
		err = l.checkCounts()
	}
	if err == nil {
		l.subnet, err = l.network.subnet(launchSubnet(in), launchZone(in))
	}
	if err == nil {
		err = l.network.checkGroups(launchGroups(in), in.SecurityGroups)
	}
	var tags map[string][]directory.Tag
	if err == nil {
		tags, err = specified(in.TagSpecifications, api.TaggedByRunInstances)
		l.tags = tags["instance"]
	}
	if err == nil {
		l.metadata, err = launchMetadata(l.image, in.MetadataOptions)
	}
	if err == nil {
		l.userData, err = decodeUserData(in.UserData)
	}
	if err == nil {
		err = l.hashRequest()
	}
	return l, err
}

func (l *launch) checkCounts() error {
	least, most := value(l.in.MinCount), value(l.in.MaxCount)
	switch {
	case least < 1:
		return invalidValue("Value ( %d ) for parameter minCount is invalid. Expecting a value greater than 0.", least)
	case most < 1:
		return invalidValue("Value ( %d ) for parameter maxCount is invalid. Expecting a value greater than 0.", most)
	case least > most:
		return invalidValue("Value ( %d ) for parameter minCount is invalid. Expecting a value less than or equal to maxCount ( %d ).", least, most)
	}
	return nil
}

func decodeUserData(s *string) ([]byte, error) {
	if s == nil || *s == "" {
		return nil, nil
	}
	data, err := base64.StdEncoding.DecodeString(*s)
	if err != nil {
		return nil, fault("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.")
	}
	if len(data) > maxUserData {
		return nil, invalidValue("User data is limited to %d bytes", maxUserData)
	}
	return data, nil
}

// hashRequest makes what tells whether a request is the same as one before it
// with the same token.
func (l *launch) hashRequest() error {
	if n := len(value(l.in.ClientToken)); n > maxToken {
		return badValue(*l.in.ClientToken, "clientToken", "The client token is limited to 64 characters.")
	}
	same := *l.in
	same.DryRun = nil
	text, err := json.Marshal(same)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	l.hash = hex.EncodeToString(sum[:])
	return nil
}

// run makes the instances, or finds those that the same request has made.
func (l *launch) run(ctx context.Context, t *directory.Tx) ([]*directory.Instance, error) {
	all, err := directory.Resources(&t.ReadTx, &directory.Instance{Account: l.account}, directory.Page{}, nil)
	if err != nil {
		return nil, err
	}
	if before, err := l.before(all.Items); before != nil || err != nil {
		return before, err
	}
	model, err := l.model(ctx, t)
	if err != nil {
		return nil, err
	}
	if value(l.in.DryRun) {
		return nil, dryRun()
	}
	kept, err := forget(t, all.Items, l.at)
	if err != nil {
		return nil, err
	}
	live := 0
	taken := map[string]bool{}
	for _, i := range kept {
		if i.State != terminated {
			live++
			taken[i.IP] = true
		}
	}
	count := min(int(*l.in.MaxCount), maxInstances-live, maxRecords-len(kept))
	if count < int(*l.in.MinCount) {
		return nil, fault("InstanceLimitExceeded", "You have requested more instances (%d) than your current instance limit of %d allows for the specified instance type. "+
			"Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.", live+int(*l.in.MaxCount), maxInstances)
	}
	var made []*directory.Instance
	for n := range count {
		i := *model
		if err := l.instance(t, &i, n, taken); err != nil {
			return nil, err
		}
		made = append(made, &i)
	}
	return made, nil
}

// before are the instances that the same request has made earlier.
func (l *launch) before(all []*directory.Instance) ([]*directory.Instance, error) {
	token := value(l.in.ClientToken)
	if token == "" {
		return nil, nil
	}
	var out []*directory.Instance
	for _, i := range all {
		if i.ClientToken != token || i.Region != l.s.region || gone(i, l.at) {
			continue
		}
		if i.RequestHash != l.hash {
			return nil, fault("IdempotentParameterMismatch", "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).")
		}
		out = append(out, i)
	}
	if out != nil && value(l.in.DryRun) {
		return nil, dryRun()
	}
	slices.SortFunc(out, func(a, b *directory.Instance) int { return a.Index - b.Index })
	return out, nil
}

// forget removes what nobody can see any more, and is the rest.
func forget(t *directory.Tx, all []*directory.Instance, at time.Time) (kept []*directory.Instance, err error) {
	for _, i := range all {
		if !gone(i, at) {
			kept = append(kept, i)
			continue
		}
		if err := t.DeleteResource(i); err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// model is what the launch's instances have in common.
func (l *launch) model(ctx context.Context, t *directory.Tx) (*directory.Instance, error) {
	reservation, err := newID(t, "r")
	if err != nil {
		return nil, err
	}
	i := &directory.Instance{
		Account: l.account, Region: l.s.region, Zone: l.subnet.zone, Subnet: l.subnet.id, Reservation: reservation, Launched: l.at, Created: l.at,
		Image: l.image.id, Type: launchType(l.in), Tags: l.tags, HasUserData: len(l.userData) > 0, ClientToken: value(l.in.ClientToken),
		RequestHash: l.hash, State: running, Changed: l.at, Metadata: l.metadata,
	}
	if err := checkMetadataTags(i); err != nil {
		return nil, err
	}
	if l.in.KeyName != nil {
		k, err := l.s.keyPairByName(&t.ReadTx, l.account, *l.in.KeyName)
		if errors.Is(err, directory.ErrNotFound) {
			return nil, fault("InvalidKeyPair.NotFound", "The key pair '%s' does not exist", cut(*l.in.KeyName))
		}
		if err != nil {
			return nil, err
		}
		i.KeyName, i.PublicKey = k.Name, k.PublicKey
	}
	if l.in.IamInstanceProfile != nil {
		p, _, err := profile(ctx, &t.ReadTx, l.in.IamInstanceProfile)
		if err != nil {
			return nil, err
		}
		if err := associate(t, i, p); err != nil {
			return nil, err
		}
	}
	return i, nil
}

// instance makes one instance of the model.
func (l *launch) instance(t *directory.Tx, i *directory.Instance, n int, taken map[string]bool) (err error) {
	i.Index = n
	if i.ID, err = newID(t, "i"); err != nil {
		return err
	}
	if i.Interface, err = newID(t, "eni"); err != nil {
		return err
	}
	if i.Association != nil {
		a := *i.Association
		if a.ID, err = newID(t, "iip-assoc"); err != nil {
			return err
		}
		i.Association = &a
	}
	if err := l.address(t, i, taken); err != nil {
		return err
	}
	if len(l.userData) > 0 {
		if err := t.CreateResource(&directory.UserData{Account: l.account, Instance: i.ID, Data: l.userData}); err != nil {
			return err
		}
	}
	return t.CreateResource(i)
}

// address gives the instance an address of its subnet that no other has, and a
// MAC address that goes with it.
func (l *launch) address(t *directory.Tx, i *directory.Instance, taken map[string]bool) error {
	var b [6]byte
	for range 1000 { // of 4,091 addresses at most a quarter is taken
		if err := t.Random(b[:]); err != nil {
			return err
		}
		high, low := int(b[0]&15), int(b[1])
		if high == 0 && low < 4 || high == 15 && low == 255 { // AWS keeps five of each subnet for itself
			continue
		}
		ip := fmt.Sprintf("172.31.%d.%d", l.subnet.third+high, low)
		if taken[ip] {
			continue
		}
		taken[ip] = true
		i.IP, i.MAC = ip, fmt.Sprintf("0a:%02x:%02x:%02x:%02x:%02x", b[2], b[3], b[4], b[5], b[1])
		return nil
	}
	return fault("InsufficientFreeAddressesInSubnet", "There are not enough free addresses in subnet '%s' to satisfy the requested number of instances.", l.subnet.id)
}
