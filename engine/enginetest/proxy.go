package enginetest

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// FaultyProxy forwards connections to a target and breaks them when told to.
type FaultyProxy struct {
	listener net.Listener
	network  string
	target   string
	wg       sync.WaitGroup

	mu     sync.Mutex // guards everything below
	conns  map[net.Conn]bool
	cut    int64 // bytes from the target that may still pass; negative is no limit
	passed int64 // bytes that came from the target, over all connections
	delay  time.Duration
	held   chan struct{} // closed at the end of a stall; nil outside of one
	refuse bool
	closed bool
}

// Proxy starts a proxy on a free loopback port in front of a target, as net.Dial takes it ("tcp", "127.0.0.1:5000" or
// "unix", "/run/docker.sock"). It ends with the test.
func Proxy(t testing.TB, network, target string) *FaultyProxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &FaultyProxy{listener: listener, network: network, target: target, conns: map[net.Conn]bool{}, cut: -1}
	p.wg.Go(p.serve)
	t.Cleanup(func() {
		p.mu.Lock()
		p.closed = true
		p.mu.Unlock()
		_ = listener.Close()
		p.Stall(false)
		p.CutAll()
		p.wg.Wait()
	})
	return p
}

// Addr is where it listens, "127.0.0.1:41234".
func (p *FaultyProxy) Addr() string { return p.listener.Addr().String() }

// CutAfter lets that many bytes more come from the target, over all connections, and then cuts them all; connections made
// after that pass again.
func (p *FaultyProxy) CutAfter(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = n
}

// Delay holds every read from the target back for that long.
func (p *FaultyProxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Stall lets nothing pass any more, in neither direction and no end of a connection either, or lets all go on. What comes meanwhile is
// held and not lost, and new connections are made: so a network goes silent whose cable is pulled.
func (p *FaultyProxy) Stall(stalled bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case stalled && p.held == nil:
		p.held = make(chan struct{})
	case !stalled && p.held != nil:
		close(p.held)
		p.held = nil
	}
}

// pass waits for the end of a stall.
func (p *FaultyProxy) pass() {
	p.mu.Lock()
	held := p.held
	p.mu.Unlock()
	if held != nil {
		<-held
	}
}

// Refuse closes new connections at once, or lets them in again.
func (p *FaultyProxy) Refuse(refuse bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = refuse
}

// Passed is how many bytes have come from the target so far, over all connections.
func (p *FaultyProxy) Passed() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passed
}

// CutAll cuts every open connection.
func (p *FaultyProxy) CutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutAll()
}

func (p *FaultyProxy) cutAll() {
	for conn := range p.conns {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset, as a crash sends it
		}
		_ = conn.Close()
	}
}

func (p *FaultyProxy) serve() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.forward(conn) })
	}
}

func (p *FaultyProxy) forward(near net.Conn) {
	defer func() { _ = near.Close() }()
	p.mu.Lock()
	refuse := p.refuse || p.closed
	p.mu.Unlock()
	if refuse {
		return
	}
	far, err := net.Dial(p.network, p.target)
	if err != nil {
		return
	}
	defer func() { _ = far.Close() }()
	p.hold(near, far)
	defer p.drop(near, far)
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _ = io.Copy(far, stallingReader{p, near})
		closeWrite(far)
	})
	_, _ = io.Copy(near, &faultyReader{p, far})
	closeWrite(near)
	_ = near.Close()
	_ = far.Close()
	wg.Wait()
}

// closeWrite tells the other side that nothing more comes, where the connection can say so.
func closeWrite(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

func (p *FaultyProxy) hold(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.conns[c] = true
	}
}

func (p *FaultyProxy) drop(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.conns, c)
	}
}

// stallingReader reads from whom the proxy serves.
type stallingReader struct {
	proxy *FaultyProxy
	from  net.Conn
}

func (r stallingReader) Read(buf []byte) (int, error) {
	n, err := r.from.Read(buf)
	r.proxy.pass()
	return n, err
}

// faultyReader reads from the target as the proxy is told to.
type faultyReader struct {
	proxy *FaultyProxy
	from  net.Conn
}

func (r *faultyReader) Read(buf []byte) (int, error) {
	p := r.proxy
	n, err := r.from.Read(buf)
	p.pass()
	p.mu.Lock()
	delay := p.delay
	if p.cut >= 0 {
		if int64(n) >= p.cut {
			n = int(p.cut)
			p.cut = -1
			p.cutAll()
			err = io.ErrUnexpectedEOF
		} else {
			p.cut -= int64(n)
		}
	}
	p.passed += int64(n)
	p.mu.Unlock()
	if delay > 0 {
		pause := time.NewTimer(delay)
		<-pause.C
	}
	return n, err
}
