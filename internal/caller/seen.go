package caller

import "github.com/sallyport/sallyport/policy"

// Seen is what a service tells of a request while it carries it out, for the
// record of the request. It is for one goroutine at a time.
type Seen struct {
	// Buckets are the buckets that the request came upon, the source of a copy and
	// its destination at most; the rest are empty.
	Buckets [2]SeenBucket
	// Tags are those of the object that the request names, or those that it brings.
	Tags *policy.Tags
}

// SeenBucket is a bucket as far as records of requests need to know of it.
type SeenBucket struct {
	Name    string
	ID      uint64
	Account string
	// Generation changes with the bucket's configurations.
	Generation uint64
	Logged     bool // its requests go to a server access log
	Metered    bool // it has metrics configurations
}

// Bucket notes a bucket.
func (s *Seen) Bucket(b SeenBucket) {
	for i := range s.Buckets {
		if s.Buckets[i].Name == "" || s.Buckets[i].Name == b.Name {
			s.Buckets[i] = b
			return
		}
	}
}

// Find is the bucket of a name, nil if it was not seen.
func (s *Seen) Find(name string) *SeenBucket {
	for i := range s.Buckets {
		if s.Buckets[i].Name == name && name != "" {
			return &s.Buckets[i]
		}
	}
	return nil
}
