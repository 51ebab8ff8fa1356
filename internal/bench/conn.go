package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

const (
	requestTimeout = 60 * time.Second
	oneWrite       = 32 << 10 // a body up to here is sent in one write with its head
)

// conn is one keep-alive connection, used by one worker. It writes requests
// straight to the socket: http.Transport costs a client more CPU than most servers
// spend, and here both share the cores.
type conn struct {
	addr   string
	signer *signer // nil: requests are not signed
	c      net.Conn
	br     *bufio.Reader
	buf    []byte
	head   []byte
	dials  int // more than one means that the server hangs up
}

func newConn(addr string, cred *credentials) *conn {
	c := &conn{addr: addr, buf: make([]byte, 256<<10)}
	if cred != nil {
		c.signer = &signer{credentials: *cred}
	}
	return c
}

func (c *conn) close() {
	if c.c != nil {
		c.c.Close()
		c.c = nil
	}
}

// call is one request and what of its response is wanted.
type call struct {
	request
	body []byte
	keep bool   // return the response's body
	want []byte // the response's body must be this, when not nil
}

// statusError is an answer that is not a success.
type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string { return fmt.Sprintf("status %d: %.300s", e.status, e.text) }

var errWrongBytes = errors.New("the body is not what was put")

// do sends a call and reads all of its response. It returns how many bytes the
// body had, and the body itself when it is to be kept: that is valid until the
// next call.
func (c *conn) do(r *call) (int64, []byte, error) {
	if err := c.dial(); err != nil {
		return 0, nil, err
	}
	c.c.SetDeadline(time.Now().Add(requestTimeout))
	// A server may refuse and hang up before it has read the body: its answer says
	// more than the failed write.
	writeErr := c.send(r)
	resp, err := http.ReadResponse(c.br, &http.Request{Method: r.method})
	if err != nil {
		c.close()
		if writeErr != nil {
			err = writeErr
		}
		return 0, nil, fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	n, body, err := c.receive(r, resp)
	if err != nil || resp.Close || writeErr != nil {
		c.close()
	}
	if err == nil && resp.StatusCode >= 300 {
		err = &statusError{resp.StatusCode, string(body)}
	}
	if err != nil {
		err = fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	return n, body, err
}

func (c *conn) dial() error {
	if c.c != nil {
		return nil
	}
	nc, err := net.DialTimeout("tcp", c.addr, 5*time.Second)
	if err != nil {
		return err
	}
	c.c, c.br = nc, bufio.NewReaderSize(nc, 64<<10)
	c.dials++
	return nil
}

func (c *conn) send(r *call) error {
	h := append(c.head[:0], r.method...)
	h = append(append(h, ' '), r.path...)
	if r.query != "" {
		h = append(append(h, '?'), r.query...)
	}
	h = append(h, " HTTP/1.1\r\n"...)
	if c.signer != nil {
		h = c.signer.appendHeaders(h, &r.request, c.addr, time.Now())
	} else {
		h = append(append(append(h, "host: "...), c.addr...), "\r\n"...)
	}
	if r.method == http.MethodPut {
		h = append(h, "content-length: "...)
		h = strconv.AppendInt(h, int64(len(r.body)), 10)
		h = append(h, "\r\n"...)
	}
	h = append(h, "\r\n"...)
	c.head = h
	if len(r.body) <= oneWrite {
		c.head = append(h, r.body...)
		_, err := c.c.Write(c.head)
		return err
	}
	bufs := net.Buffers{h, r.body}
	_, err := bufs.WriteTo(c.c)
	return err
}

func (c *conn) receive(r *call, resp *http.Response) (n int64, body []byte, err error) {
	defer resp.Body.Close()
	if r.keep || resp.StatusCode >= 300 {
		into := bytes.NewBuffer(c.buf[:0])
		n, err = into.ReadFrom(resp.Body)
		c.buf = into.Bytes()
		c.buf = c.buf[:cap(c.buf)]
		return n, into.Bytes(), err
	}
	for err == nil {
		var got int
		got, err = resp.Body.Read(c.buf)
		if r.want != nil && (n+int64(got) > int64(len(r.want)) || !bytes.Equal(c.buf[:got], r.want[n:n+int64(got)])) {
			return n, nil, errWrongBytes
		}
		n += int64(got)
	}
	if err == io.EOF {
		err = nil
	}
	return n, nil, err
}
