package engine

import (
	"context"
	"io"
	"net"
	"sync"
)

// farPort is a port that a sandbox of a far engine publishes there. Two engines may publish at the same address of their own
// loopback, and one sandbox after another at the same of one engine's.
type farPort struct{ endpoint, sandbox, address string }

// farDial reaches what only a far computer reaches.
type farDial func(ctx context.Context, network, address string) (net.Conn, error)

// anyPort lets the system choose one.
const anyPort = "127.0.0.1:0"

// forward is a port of this computer that leads to a far one while it is open. Closed, it keeps its number where nobody else takes
// that: a page in a browser asks there again, and what opencode keeps in the browser belongs to the address.
type forward struct {
	near     string
	dial     farDial
	listener net.Listener       // nil while it is closed
	cut      context.CancelFunc // ends what is connected through it
}

func (f *forward) close() {
	if f.listener != nil {
		_ = f.listener.Close()
		f.cut()
		f.listener = nil
	}
}

// connected takes note of the engine that is connected from now on, "" when none is. What led to one before leads nowhere then: it
// is not known any more who answers there.
func (b *forwardBook) connected(endpoint string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.endpoint = endpoint
	for _, f := range b.near {
		f.close()
	}
}

// keep closes the way to what is not published any more, and opens it again to what was asked for before and is. Published are the
// addresses of the connected engine's sandboxes that run, by name.
func (b *forwardBook) keep(published map[string]string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for port, f := range b.near {
		if port.endpoint == b.endpoint && published[port.sandbox] == port.address {
			_ = b.open(port, f) // another program may have its number by now
		} else {
			f.close()
		}
	}
}

// to gives an address on this computer that leads to a port that only dial reaches, for as long as that is published.
func (b *forwardBook) to(port farPort, dial farDial) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if port.endpoint != b.endpoint {
		return "", notConnected("open " + port.sandbox)
	}
	f := b.near[port]
	if f == nil {
		f = &forward{near: anyPort}
		b.near[port] = f
	}
	f.dial = dial
	err := b.open(port, f)
	if err != nil && f.near != anyPort {
		f.near = anyPort
		err = b.open(port, f)
	}
	if err != nil {
		delete(b.near, port)
		return "", err
	}
	return f.near, nil
}

// open lets a forward listen. Guarded by mu.
func (b *forwardBook) open(port farPort, f *forward) error {
	switch {
	case b.closed:
		return errClosing
	case f.listener != nil:
		return nil
	}
	listener, err := net.Listen("tcp", f.near)
	if err != nil {
		return err
	}
	ctx, cut := context.WithCancel(context.Background())
	f.near, f.listener, f.cut = listener.Addr().String(), listener, cut
	dial := f.dial
	b.wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			b.wg.Go(func() { pipe(ctx, conn, port.address, dial) })
		}
	})
	return nil
}

// pipe carries one connection until one of its ends is closed, or ctx is over.
func pipe(ctx context.Context, near net.Conn, far string, dial farDial) {
	defer func() { _ = near.Close() }()
	there, err := dial(ctx, "tcp", far)
	if err != nil {
		return
	}
	ctx, end := context.WithCancel(ctx)
	var wg sync.WaitGroup
	carry := func(to, from net.Conn) {
		defer end()
		_, _ = io.Copy(to, from)
	}
	wg.Go(func() { carry(there, near) })
	wg.Go(func() { carry(near, there) })
	<-ctx.Done()
	_ = near.Close()
	_ = there.Close()
	wg.Wait()
}
