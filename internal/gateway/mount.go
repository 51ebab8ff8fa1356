package gateway

import (
	"context"
	"time"

	ec2api "github.com/sallyport/sallyport/internal/api/ec2"
	iamapi "github.com/sallyport/sallyport/internal/api/iam"
	orgapi "github.com/sallyport/sallyport/internal/api/organizations"
	s3api "github.com/sallyport/sallyport/internal/api/s3"
	controlapi "github.com/sallyport/sallyport/internal/api/s3control"
	stsapi "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/service/ec2"
	"github.com/sallyport/sallyport/internal/service/iam"
	"github.com/sallyport/sallyport/internal/service/organizations"
	"github.com/sallyport/sallyport/internal/service/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/service/s3control"
	"github.com/sallyport/sallyport/internal/service/sts"
	"github.com/sallyport/sallyport/internal/wire"
)

// mountAll is the whole list of services. Those of AWS's that are not in it answer
// NotImplemented.
func (g *Gateway) mountAll() {
	g.buckets = s3.New(s3.Options{Store: g.objects, Accounts: g.directory, Region: g.regions[0],
		BlockCustomerKeys: g.blockCustomerKeys, Notifications: g.notifications, As: g.asService, ReportDay: g.reportDay,
		LifecycleDay: g.lifecycleDay})
	g.s3 = &mount{api: s3api.API(), s3Like: true, impl: g.buckets}
	g.instances = ec2.New(g.directory, g.regions[0])
	mounts := []*mount{
		g.s3,
		{api: controlapi.API(), s3Like: true, impl: s3control.New(g.directory, g.buckets)},
		{api: iamapi.API(), impl: iam.New(g.directory, g.iamOptions()), global: true},
		{api: stsapi.API(), impl: sts.New(g.directory, sts.Options{Providers: g.providers, Issuer: g.issuer}), global: true},
		{api: ec2api.API(), impl: g.instances},
		{api: orgapi.API(), impl: organizations.New(g.directory), global: true},
	}
	g.byPackage, g.bySigningName = map[string]*mount{}, map[string]*mount{}
	g.permissionless = map[*wire.Operation]bool{}
	for _, m := range mounts {
		g.byPackage[m.api.Package] = m
		if g.bySigningName[m.api.SigningName] == nil { // S3 Control signs as S3
			g.bySigningName[m.api.SigningName] = m
		}
		for _, name := range permissionless[m.api.Package] {
			g.permissionless[m.api.Operation(name)] = true
		}
	}
}

func (g *Gateway) iamOptions() iam.Options {
	return iam.Options{
		Providers: g.providers, Issuer: g.issuer,
		Tracked:             wire.TrackedActions(s3api.API(), controlapi.API(), iamapi.API(), stsapi.API(), orgapi.API()),
		DelegationTemplates: g.templates, DelegationChannel: delegationChannel{g},
	}
}

// permissionless are the operations that every caller may have, by package: AWS
// asks no permission for them, or the handler asks for each of many things.
// Whatever else has no access row is refused.
var permissionless = map[string][]string{
	"sts": {"GetCallerIdentity", "GetSessionToken"},
}

// openObjects puts the object store on the engines.
func openObjects(g *Gateway, shared bool) *store.Store {
	options := store.Options{KV: g.meta, Blobs: g.blobs, Keys: accountKeys{g.directory}, Now: g.clock}
	if shared {
		options.Grace = sharedGrace
	}
	return store.New(options)
}

// sharedGrace is how long the bytes of a replaced object stay for downloads that
// other gateways on the same metadata may be serving.
const sharedGrace = 15 * time.Minute

// accountKeys are the accounts' default keys as the object store asks for them.
type accountKeys struct{ directory *directory.Directory }

// AccountKey implements store.Keys.
func (k accountKeys) AccountKey(_ context.Context, account string) (seal.Key, error) {
	return k.directory.AccountKey(account)
}
