package directory

import (
	"crypto/sha256"
	"runtime"
	"sync"
	"weak"
)

// document is a policy's text, shared by all who have the same, with what was
// compiled from it.
type document struct {
	text string
	once sync.Once
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
