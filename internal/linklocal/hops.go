package linklocal

import (
	"context"
	"net"
	"syscall"
)

type connKey struct{}

// SetHopLimit sets how many hops the packets may go that carry the rest of what
// is answered on the connection of the request: a router on the way takes one off,
// and drops what has none left. It does nothing where there is no such connection.
func SetHopLimit(ctx context.Context, hops int) error {
	conn, _ := ctx.Value(connKey{}).(net.Conn)
	if c, ok := conn.(*limitedConn); ok {
		conn = c.Conn
	}
	raw, ok := conn.(syscall.Conn)
	if !ok || hops <= 0 {
		return nil
	}
	local, ok := conn.LocalAddr().(*net.TCPAddr)
	if !ok {
		return nil
	}
	control, err := raw.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = control.Control(func(fd uintptr) {
		if local.IP.To4() == nil {
			failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IPV6, syscall.IPV6_UNICAST_HOPS, hops)
		} else {
			failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, syscall.IP_TTL, hops)
		}
	})
	if err != nil {
		return err
	}
	return failed
}
