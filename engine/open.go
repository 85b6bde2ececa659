package engine

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
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
	probe := e.client(found, knows)
	if _, err := probe.Health(ctx); err != nil {
		return "", fault.From(op, err)
	}
	target := probe.OpenURL()
	endpoint := e.super.Status().Endpoint
	if dial := connect.PortDialer(endpoint, e.opts.Where); dial != nil {
		near, err := e.forwards.to(farPort{endpoint.Host, name, found.Address(knows)}, dial)
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

	mu       sync.Mutex // guards everything below
	tickets  map[*http.Server]bool
	near     map[farPort]*forward
	endpoint string // of the engine that is connected; "" while none is
	closed   bool
}

func newForwardBook() *forwardBook {
	return &forwardBook{end: make(chan struct{}), tickets: map[*http.Server]bool{}, near: map[farPort]*forward{}}
}

var errClosing = errors.New("Berth is closing") //nolint:staticcheck // a name begins it

// hold takes note of a ticket to close at the end; it is closed at once when the end has come.
func (b *forwardBook) hold(ticket *http.Server) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		_ = ticket.Close()
		return errClosing
	}
	b.tickets[ticket] = true
	return nil
}

func (b *forwardBook) drop(ticket *http.Server) {
	b.mu.Lock()
	delete(b.tickets, ticket)
	b.mu.Unlock()
	_ = ticket.Close()
}

// close ends all and waits.
func (b *forwardBook) close() {
	b.mu.Lock()
	b.closed = true
	close(b.end)
	for ticket := range b.tickets {
		_ = ticket.Close()
	}
	for _, f := range b.near {
		f.close()
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
