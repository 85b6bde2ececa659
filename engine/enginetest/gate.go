package enginetest

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Gate stands between a program and an engine, counts the requests that change something, and can cut the program off at any
// of them as its death would: nothing after that reaches the engine.
type Gate struct {
	Host string // where it listens, "unix:///..."

	server *http.Server

	mu    sync.Mutex // guards everything below
	conns map[net.Conn]bool
	life  int  // of the program that it is told about last
	n     int  // requests that changed something so far
	at    int  // the one to die at; 0 for none
	after bool // die after the engine has done it, before the answer is out
	dead  bool
	do    func() // what is done instead of dying; nil for none
	wants func(request string) bool
	first func()   // what is done before a request that is wanted is let through, once; nil for none
	log   []string // what was asked, as "POST /containers/create"
}

// NewGate puts a gate before the engine at a unix socket. It ends with the test.
func NewGate(t testing.TB, host string) *Gate {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "g.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	g := &Gate{Host: "unix://" + socket, conns: map[net.Conn]bool{}}
	far := strings.TrimPrefix(host, "unix://")
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", far)
	}}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "docker"})
	proxy.Transport, proxy.FlushInterval = transport, -1
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	g.server = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.serve(proxy, w, r) }),
		ConnState: func(c net.Conn, s http.ConnState) {
			g.mu.Lock()
			defer g.mu.Unlock()
			switch s {
			case http.StateNew:
				g.conns[c] = true
			case http.StateClosed:
				delete(g.conns, c)
			}
		},
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = g.server.Serve(listener) // ends when it is closed
	}()
	t.Cleanup(func() {
		g.cut()
		_ = g.server.Close()
		<-done
		transport.CloseIdleConnections()
	})
	return g
}

// DieAt cuts the program off at the n-th request from now that changes something, before it reaches the engine or after the
// engine has done it. 0 only counts.
func (g *Gate) DieAt(n int, after bool) { g.set(n, after, nil) }

// CallAt calls do instead, once, and lets everything pass on.
func (g *Gate) CallAt(n int, after bool, do func()) { g.set(n, after, do) }

// Before calls do, once, before the first request from now that wants says yes to, as "POST /containers/create", is let through.
func (g *Gate) Before(wants func(request string) bool, do func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wants, g.first = wants, do
}

func (g *Gate) set(n int, after bool, do func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n, g.at, g.after, g.dead, g.do, g.log = 0, n, after, false, do, nil
	g.life++
}

// Asked is what changed something since DieAt, in order.
func (g *Gate) Asked() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string(nil), g.log...)
}

// Dead reports whether the program is cut off.
func (g *Gate) Dead() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.dead
}

func (g *Gate) serve(proxy http.Handler, w http.ResponseWriter, r *http.Request) {
	changes := r.Method != http.MethodGet && r.Method != http.MethodHead
	stream := strings.HasSuffix(r.URL.Path, "/attach") || strings.HasSuffix(r.URL.Path, "/wait")
	g.mu.Lock()
	dead := g.dead
	hit := false
	if changes && !dead {
		g.n++
		g.log = append(g.log, r.Method+" "+r.URL.Path)
		hit = g.n == g.at
	}
	life, after, do := g.life, g.after && !stream, g.do // a stream has no end to wait for
	first := g.first
	if first != nil && g.wants(r.Method+" "+r.URL.Path) {
		g.first = nil
	} else {
		first = nil
	}
	g.mu.Unlock()
	if first != nil {
		first()
	}
	switch {
	case dead:
		panic(http.ErrAbortHandler)
	case hit && do != nil:
		if after {
			proxy.ServeHTTP(nowhere{http.Header{}}, r)
		}
		do()
		panic(http.ErrAbortHandler)
	case hit && after:
		defer g.dieIn(life) // also where the program waits for the answer no more
		proxy.ServeHTTP(nowhere{http.Header{}}, r)
		panic(http.ErrAbortHandler)
	case hit:
		g.Die()
		panic(http.ErrAbortHandler)
	}
	proxy.ServeHTTP(w, r)
}

// Die cuts the program off now.
func (g *Gate) Die() {
	g.mu.Lock()
	g.dead = true
	g.mu.Unlock()
	g.cut()
}

// dieIn is Die, unless another program has taken the place of that one meanwhile.
func (g *Gate) dieIn(life int) {
	g.mu.Lock()
	present := g.life == life
	g.dead = g.dead || present
	g.mu.Unlock()
	if present {
		g.cut()
	}
}

// cut closes what is open, streams among it.
func (g *Gate) cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.conns {
		_ = c.Close()
	}
}

// nowhere takes an answer that nobody gets.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n nowhere) WriteHeader(int)             {}
func (n nowhere) Flush()                      {}
