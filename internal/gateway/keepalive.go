package gateway

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/sallyport/sallyport/internal/wire"
)

// keepAliveAfter is how long S3 lets a client of a long operation wait before it
// begins to answer with white space, and how often it goes on.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
const keepAliveAfter = 10 * time.Second

// longOperations answer with 200 and white space while they go on; an error that
// comes after that is a body within the 200, as clients of S3 know.
var longOperations = map[string]bool{"CopyObject": true, "UploadPartCopy": true, "CompleteMultipartUpload": true}

const xmlDeclaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// callOperation runs the operation, keeping the connection alive if it is a
// long one. A short operation pays for a timer.
func (c *call) callOperation(ctx context.Context) (any, error) {
	if !c.mount.s3Like || !longOperations[c.op.Name] {
		return c.op.Call(ctx, c.mount.impl, c.in)
	}
	k := &keepAlive{c: c}
	k.mu.Lock()
	k.timer = time.AfterFunc(c.g.keepAliveAfter, k.tick)
	k.mu.Unlock()
	defer k.stop()
	return c.op.Call(ctx, c.mount.impl, c.in)
}

// keepAlive writes to the answer while the operation runs, which does not write
// to it; after stop it never does again.
type keepAlive struct {
	mu    sync.Mutex
	c     *call
	timer *time.Timer
	done  bool
}

func (k *keepAlive) tick() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.done {
		return
	}
	k.c.w.keepAlive(k.c.wireIDs())
	k.timer.Reset(k.c.g.keepAliveAfter)
}

func (k *keepAlive) stop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.done = true
	k.c.w.ended = true
	k.timer.Stop()
}

// keepAlive begins the answer, the first time, and sends white space.
func (a *answer) keepAlive(ids wire.IDs) {
	text := " "
	if !a.kept {
		h := a.Header()
		h["x-amz-request-id"], h["x-amz-id-2"] = []string{ids.Request}, []string{ids.Host}
		h["Content-Type"] = []string{"application/xml"}
		a.WriteHeader(200)
		a.kept, text = true, xmlDeclaration+" "
	}
	a.Write([]byte(text)) // a client that has gone is found out at the end
	a.flush()
}

// afterKeepAlive takes the XML declaration, which has gone out, off the body.
func afterKeepAlive(p []byte) []byte { return bytes.TrimPrefix(p, []byte(xmlDeclaration)) }
