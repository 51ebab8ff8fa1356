package s3

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/replication"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// replicate takes a version one way. A *wire.Error says that it may not go there.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
func (r *Replicator) replicate(ctx context.Context, v *replicated, route *replication.Route, modified bool) error {
	who := ServiceCaller{servicePrincipal, bucketARN(v.bucket.Name), v.bucket.Account}
	as, err := r.As(store.Steady(ctx), who, v.role)
	if err != nil {
		return err
	}
	to, err := r.destination(as, v, route)
	if err != nil {
		return err
	}
	if err := r.mayRead(as, v); err != nil {
		return err
	}
	if err := r.mayReplicate(as, v.object, to, route); err != nil {
		return err
	}
	o, err := r.replica(as, v, to, route)
	if err != nil {
		return err
	}
	switch {
	case modified:
		return r.modifyReplica(as, to, o, route)
	case o.DeleteMarker:
		return once(r.store.Update(as, func(t *store.Txn) error { return r.putReplica(as, t, to, o, nil) }))
	}
	return r.copyVersion(as, v, to, o)
}

// destination is the bucket at the end of a route, which must keep versions and
// belong to whom the rule says.
func (r *Replicator) destination(ctx context.Context, v *replicated, route *replication.Route) (*store.Bucket, error) {
	to, err := r.bucket(ctx, &route.Bucket, set(route.Account))
	switch {
	case err != nil:
		return nil, err
	case to.ID == v.bucket.ID, to.Versioning != store.VersioningEnabled:
		return nil, fail("InvalidBucketState", "")
	}
	return to, nil
}

// mayRead asks for what the role needs on the source.
func (r *Replicator) mayRead(ctx context.Context, v *replicated) error {
	version := set(v.object.Version.String())
	actions := []string{"s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl"}
	if len(v.object.Tags) > 0 {
		actions = append(actions, "s3:GetObjectVersionTagging")
	}
	if v.bucket.Has(store.ObjectLock) {
		actions = append(actions, "s3:GetObjectRetention", "s3:GetObjectLegalHold")
	}
	if v.object.DeleteMarker {
		actions = nil
	}
	if err := r.askVersion(ctx, "s3:GetReplicationConfiguration", v.bucket, "", nil); err != nil {
		return err
	}
	for _, action := range actions {
		if err := r.askVersion(ctx, action, v.bucket, v.object.Key, version); err != nil {
			return err
		}
	}
	return nil
}

// mayReplicate asks for what the role needs on the destination.
func (r *Replicator) mayReplicate(ctx context.Context, o *store.Object, to *store.Bucket, route *replication.Route) error {
	actions := []string{"s3:ReplicateObject"}
	if o.DeleteMarker {
		actions = []string{"s3:ReplicateDelete"}
	}
	if len(o.Tags) > 0 {
		actions = append(actions, "s3:ReplicateTags")
	}
	if route.OwnerOverride {
		actions = append(actions, "s3:ObjectOwnerOverrideToBucketOwner")
	}
	for _, action := range actions {
		if err := r.askVersion(ctx, action, to, o.Key, nil); err != nil {
			return err
		}
	}
	return nil
}

// replica is a version as it will be in the destination. Its owner and its ACL are
// those that it has, not those that were left from before ACLs were disabled.
func (r *Replicator) replica(ctx context.Context, v *replicated, to *store.Bucket, route *replication.Route) (*store.Object, error) {
	o := *v.object
	access := accessIn(v.bucket, &store.ObjectAccess{ACL: o.ACL})
	o.Owner, o.ACL = ownerOf(v.bucket, o.Owner), access.ACL
	o.Data, o.NullSequence, o.Latest = store.Data{}, 0, false
	o.Replication, o.Restore = store.Replica, store.Restore{}
	if o.Encryption == store.SSEC {
		return nil, api.NotImplemented("") // nobody but the customer can read it
	}
	if !to.Has(store.ObjectLock) {
		o.Lock = store.Lock{}
	}
	if route.StorageClass != "" && !o.DeleteMarker {
		class, err := storageClass(&route.StorageClass)
		if err != nil {
			return nil, err
		}
		o.StorageClass = class
	}
	if route.OwnerOverride || to.Ownership == store.BucketOwnerEnforced {
		o.Owner, o.ACL = to.Account, nil
	}
	return &o, r.checkReplica(ctx, to, &o)
}

// checkReplica refuses a replica with a public ACL where those are blocked, and
// gives one without a retention that of the bucket.
func (r *Replicator) checkReplica(ctx context.Context, to *store.Bucket, o *store.Object) error {
	grants, err := storedACL(o.ACL, o.Owner)
	if err != nil {
		return err
	}
	if authz.PublicACL(decided(ctx, grants)) && r.blockOf(to).BlockPublicAcls {
		return api.AccessDenied("")
	}
	if !to.Has(store.ObjectLock) || o.Mode != store.NoLock || o.DeleteMarker {
		return nil
	}
	o.Mode, o.Until, err = r.defaultRetention(ctx, to, r.store.Now())
	return err
}

// copyVersion reads the bytes and makes them the version.
func (r *Replicator) copyVersion(ctx context.Context, v *replicated, to *store.Bucket, o *store.Object) error {
	sn, err := r.store.Snapshot(ctx, func(rd *store.Reader) (*store.Bucket, *store.Object, error) {
		b, err := rd.Bucket(v.bucket.Name)
		if err != nil {
			return nil, nil, err
		}
		from, err := rd.ObjectVersion(b.ID, o.Key, o.Version)
		return b, from, err
	})
	if errors.Is(err, store.ErrNoSuchObject) || errors.Is(err, store.ErrNoSuchBucket) {
		return nil // removed meanwhile
	}
	if err != nil {
		return err
	}
	defer sn.Close()
	if there, err := r.hasVersion(ctx, to, o); err != nil || there {
		return err
	}
	staged, err := r.store.StageReplica(ctx, to, sn)
	if err != nil {
		return err
	}
	return once(r.store.CommitReplica(ctx, staged, func(t *store.Txn) error { return r.putReplica(ctx, t, to, o, staged) }))
}

// hasVersion tells whether the version is in the destination, so that a task done
// again reads no bytes.
func (r *Replicator) hasVersion(ctx context.Context, to *store.Bucket, o *store.Object) (there bool, err error) {
	err = r.store.View(ctx, func(rd *store.Reader) error {
		_, err := rd.ObjectVersion(to.ID, o.Key, o.Version)
		there = err == nil
		if errors.Is(err, store.ErrNoSuchObject) {
			return nil
		}
		return err
	})
	return there, err
}

// once is the outcome of making a version that was perhaps made before.
func once(err error) error {
	switch {
	case errors.Is(err, store.ErrVersionExists):
		return nil
	case errors.Is(err, store.ErrVersionTaken):
		return fail("OperationAborted", "")
	}
	return err
}

// putReplica makes the version in the destination. Nothing is to be committed if
// it is there.
func (r *Replicator) putReplica(ctx context.Context, t *store.Txn, to *store.Bucket, o *store.Object, staged *store.StagedReplica) error {
	now, err := again(&t.Reader, to)
	if err != nil {
		return err
	}
	fresh := *o // the transaction may run again
	e := createdPut
	if staged == nil {
		e, err = markerCreated, t.PutReplica(now, &fresh, nil)
	} else {
		err = t.PutStagedReplica(now, &fresh, staged)
	}
	if err != nil {
		return err
	}
	return r.changed(ctx, t, now, &fresh, e)
}

// modifyReplica brings the tags, the ACL and the lock of a replica in line. An ACL
// that the owner of the destination gave to what is its own stays.
func (r *Replicator) modifyReplica(ctx context.Context, to *store.Bucket, o *store.Object, route *replication.Route) error {
	may := r.mayModify(ctx, to, o)
	return r.store.Update(ctx, func(t *store.Txn) error {
		now, err := again(&t.Reader, to)
		if err != nil {
			return err
		}
		replica, err := t.ObjectVersion(now.ID, o.Key, o.Version)
		if errors.Is(err, store.ErrNoSuchObject) {
			return nil // it was never there, or was removed there
		}
		if err != nil {
			return err
		}
		if !slices.Equal(replica.Tags, o.Tags) && !may.tag {
			return api.AccessDenied("")
		}
		replica.Tags = o.Tags
		if !route.OwnerOverride && now.Ownership != store.BucketOwnerEnforced && ownerOf(now, replica.Owner) == o.Owner {
			replica.ACL = o.ACL
		}
		may.lock(&replica.Lock, &o.Lock, r.store.Now())
		return t.UpdateObject(now, replica)
	})
}

// modifying is what a role may do to a replica beside replicating: the owner of
// the destination can have locked it for longer than the source is, and that is
// not loosened without the permissions that anybody else needs.
type modifying struct{ tag, bypass, hold bool }

func (r *Replicator) mayModify(ctx context.Context, to *store.Bucket, o *store.Object) (may modifying) {
	version := set(o.Version.String())
	may.tag = r.askVersion(ctx, "s3:ReplicateTags", to, o.Key, nil) == nil
	if to.Has(store.ObjectLock) {
		may.bypass = r.askVersion(ctx, "s3:BypassGovernanceRetention", to, o.Key, version) == nil
		may.hold = r.askVersion(ctx, "s3:PutObjectLegalHold", to, o.Key, version) == nil
	}
	return may
}

// lock brings the lock of a replica in line.
func (may *modifying) lock(replica, from *store.Lock, now time.Time) {
	if mayRetain(replica, from, now, may.bypass) == nil {
		replica.Mode, replica.Until = from.Mode, from.Until
	}
	if from.Hold == store.HoldOn || from.Hold == store.HoldOff && may.hold {
		replica.Hold = from.Hold
	}
}
