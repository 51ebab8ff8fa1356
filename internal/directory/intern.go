package directory

import (
	"crypto/sha256"
	"runtime"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/sallyport/sallyport/policy"
)

// document is a policy's text, shared by all who have the same, with what was
// compiled from it on first use.
type document struct {
	text   string
	loaded atomic.Pointer[loaded]
}

type loaded struct {
	policy *policy.Policy
	err    error
}

// load compiles the document.
func (doc *document) load() (*policy.Policy, error) {
	l := doc.loaded.Load()
	if l == nil {
		l = new(loaded)
		l.policy, l.err = policy.Load([]byte(doc.text))
		doc.loaded.Store(l)
	}
	return l.policy, l.err
}

// interner finds the document of a text. Documents that nobody uses any more
// go away by themselves.
type interner struct {
	mu   sync.Mutex
	docs map[[sha256.Size]byte]weak.Pointer[document]
}

func newInterner() *interner {
	return &interner{docs: map[[sha256.Size]byte]weak.Pointer[document]{}}
}

func (in *interner) intern(text string) *document {
	sum := sha256.Sum256([]byte(text))
	in.mu.Lock()
	defer in.mu.Unlock()
	if doc := in.docs[sum].Value(); doc != nil {
		return doc
	}
	doc := &document{text: text}
	p := weak.Make(doc)
	in.docs[sum] = p
	runtime.AddCleanup(doc, func(sum [sha256.Size]byte) {
		in.mu.Lock()
		defer in.mu.Unlock()
		if in.docs[sum] == p {
			delete(in.docs, sum)
		}
	}, sum)
	return doc
}

func (in *interner) len() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.docs)
}
