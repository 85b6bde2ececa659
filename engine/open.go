package engine

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"berth/engine/connect"
	"berth/engine/fault"
	"berth/engine/sandbox"
)

// ticketLife is how long a ticket waits for the browser.
const ticketLife = time.Minute

// OpenURL is an address on this computer that takes a browser, once and within a minute, to the sandbox's opencode, signed
// in. The address that signs in is a secret and browsers are started with theirs as an argument, which every program of the
// computer can read; so what is handed out is a ticket that is worth nothing after its first use, nor, where the system says whose
// a connection is, to another user.
func (e *Engine) OpenURL(ctx context.Context, name string) (string, error) {
	op := "open " + name
	ctx = e.bind(ctx)
	cli, err := e.daemon(ctx, op)
	if err != nil {
		return "", err
	}
	found, err := sandbox.Find(ctx, cli, name)
	if err != nil {
		return "", err
	}
	if found == nil {
		return "", fault.New(fault.NotFound, op, "it has no container")
	}
	knows, err := knowsOf(found)
	if err != nil {
		return "", err
	}
	if found.Address(knows) == "" {
		return "", fault.New(fault.NotRunning, op, "it publishes no port")
	}
	probe := e.client(ctx, found, knows)
	if _, err := probe.Health(ctx); err != nil {
		return "", fault.From(op, err)
	}
	target := probe.OpenURL()
	endpoint := e.endpoint(ctx)
	if dial := connect.PortDialer(endpoint, e.opts.Where); dial != nil {
		near, err := e.forwards.to(endpoint.Host, found.Address(knows), dial)
		if err != nil {
			return "", fault.From(op, err)
		}
		target = strings.Replace(target, found.Address(knows), near, 1)
	}
	ticket, err := e.forwards.ticket(target)
	if err != nil {
		return "", fault.From(op, err)
	}
	return ticket, nil
}

// forwardBook owns what listens on this computer's loopback for a browser: tickets, and ports of far engines.
type forwardBook struct {
	wg  sync.WaitGroup
	end chan struct{} // closed at the end

	mu     sync.Mutex // guards everything below
	open   map[io.Closer]bool
	near   map[farPort]string // address on this computer by the far one's
	closed bool
}

// farPort is a port of a far engine. Two engines may publish at the same address of their own loopback.
type farPort struct{ endpoint, address string }

func newForwardBook() *forwardBook {
	return &forwardBook{end: make(chan struct{}), open: map[io.Closer]bool{}, near: map[farPort]string{}}
}

var errClosing = errors.New("Berth is closing") //nolint:staticcheck // a name begins it

// hold takes note of something to close at the end; it is closed at once when the end has come.
func (b *forwardBook) hold(c io.Closer) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		_ = c.Close()
		return errClosing
	}
	b.open[c] = true
	return nil
}

func (b *forwardBook) drop(c io.Closer) {
	b.mu.Lock()
	delete(b.open, c)
	b.mu.Unlock()
	_ = c.Close()
}

// close ends all and waits.
func (b *forwardBook) close() {
	b.mu.Lock()
	b.closed = true
	close(b.end)
	for c := range b.open {
		_ = c.Close()
	}
	b.mu.Unlock()
	b.wg.Wait()
}

// ticket serves one redirect to target.
func (b *forwardBook) ticket(target string) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	path := "/" + rand.Text()
	used := make(chan struct{})
	var once sync.Once
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if byAnother(r) { // it is not used up: the person's browser may be on its way
			http.Error(w, "This address is another user's.", http.StatusForbidden)
			return
		}
		first := false
		if subtle.ConstantTimeCompare([]byte(r.URL.Path), []byte(path)) == 1 {
			once.Do(func() { first = true })
		}
		if !first {
			http.Error(w, "This address works once. Open the sandbox from Berth again.", http.StatusGone)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		http.Redirect(w, r, target, http.StatusFound)
		close(used)
	})}
	if err := b.hold(server); err != nil {
		_ = listener.Close()
		return "", err
	}
	b.wg.Go(func() { _ = server.Serve(listener) }) // ends when the server is closed
	b.wg.Go(func() {
		life := time.NewTimer(ticketLife)
		defer life.Stop()
		select {
		case <-used:
		case <-life.C:
		case <-b.end:
		}
		grace, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = server.Shutdown(grace) // lets the redirect out
		b.drop(server)
	})
	return "http://" + listener.Addr().String() + path, nil
}

// byAnother reports whether a request comes from another user of this computer, who may have read the ticket in the list of
// programs and be quicker than the browser.
func byAnother(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	to, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	return err == nil && ok && foreign(plainAddr(from), plainAddr(to.AddrPort()))
}

// plainAddr is an address of IPv4 as one, also where it is written as one of IPv6.
func plainAddr(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// to gives an address on this computer that leads to one that only dial reaches, for as long as Berth runs.
func (b *forwardBook) to(endpoint, far string, dial func(ctx context.Context, network, address string) (net.Conn, error)) (string, error) {
	key := farPort{endpoint, far}
	b.mu.Lock()
	near, ok := b.near[key]
	b.mu.Unlock()
	if ok {
		return near, nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	if err := b.hold(listener); err != nil {
		return "", err
	}
	near = listener.Addr().String()
	b.mu.Lock()
	b.near[key] = near
	b.mu.Unlock()
	b.wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			b.wg.Go(func() { b.pipe(conn, far, dial) })
		}
	})
	return near, nil
}

// pipe carries one connection.
func (b *forwardBook) pipe(near net.Conn, far string, dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	defer func() { _ = near.Close() }()
	if b.hold(near) != nil {
		return
	}
	defer b.drop(near)
	there, err := dial(context.Background(), "tcp", far)
	if err != nil {
		return
	}
	if b.hold(there) != nil {
		return
	}
	defer b.drop(there)
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _ = io.Copy(there, near)
		_ = there.Close()
	})
	_, _ = io.Copy(near, there)
	_ = near.Close()
	wg.Wait()
}
