package engine

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// farAway is a server that only the dialer reaches, whatever it is told to dial; it says where it was dialled.
func farAway(t *testing.T) (dial farDial, dialled *atomic.Value) {
	t.Helper()
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "far") }))
	t.Cleanup(far.Close)
	dialled = &atomic.Value{}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		dialled.Store(address)
		return new(net.Dialer).DialContext(ctx, network, far.Listener.Addr().String())
	}, dialled
}

// leads reports whether an address of this computer leads to the server far away.
func leads(t *testing.T, near string) bool {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	res, err := client.Get("http://" + near)
	if err != nil {
		return false
	}
	text, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	return err == nil && string(text) == "far"
}

func TestAFarPortIsReachedThroughADialer(t *testing.T) {
	book := newForwardBook()
	defer book.close()
	dial, dialled := farAway(t)
	port := farPort{"ssh://a", "portal", "10.0.0.1:4096"}
	if near, err := book.to(port, dial); err == nil {
		t.Errorf("a port of an engine that is not connected is at %s", near)
	}
	book.connected("ssh://a")
	near, err := book.to(port, dial)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := book.to(port, dial); again != near || err != nil {
		t.Errorf("the same port twice is at %s and %s, %v", near, again, err)
	}
	if !leads(t, near) || dialled.Load() != "10.0.0.1:4096" {
		t.Errorf("it leads to %v", dialled.Load())
	}
	if other, err := book.to(farPort{"ssh://b", "portal", "10.0.0.1:4096"}, dial); err == nil {
		t.Errorf("the port of another engine is at %s", other)
	}
}

func TestAFarPortIsOpenOnlyWhileItsSandboxIsKnownToPublishIt(t *testing.T) {
	book := newForwardBook()
	defer book.close()
	dial, _ := farAway(t)
	portal := map[string]string{"portal": "127.0.0.1:4096"}
	book.connected("ssh://a")
	near, err := book.to(farPort{"ssh://a", "portal", "127.0.0.1:4096"}, dial)
	if err != nil {
		t.Fatal(err)
	}
	page, err := net.Dial("tcp", near) // of a browser, which keeps it
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = page.Close() }()
	for _, step := range []struct {
		what string
		do   func()
		open bool
	}{
		{"it runs", func() { book.keep(portal) }, true},
		{"it is stopped", func() { book.keep(nil) }, false},
		{"it runs again", func() { book.keep(portal) }, true},
		{"it publishes another port", func() { book.keep(map[string]string{"portal": "127.0.0.1:4097"}) }, false},
		{"it has its port back", func() { book.keep(portal) }, true},
		{"another sandbox has its port", func() { book.keep(map[string]string{"notes": "127.0.0.1:4096"}) }, false},
		{"both run", func() { book.keep(map[string]string{"notes": "127.0.0.1:4097", "portal": "127.0.0.1:4096"}) }, true},
		{"the engine is away", func() { book.connected("") }, false},
		{"what was known of it comes late", func() { book.keep(portal) }, false},
		{"another engine is chosen", func() { book.connected("ssh://b") }, false},
		{"that has such a sandbox too", func() { book.keep(portal) }, false},
		{"the engine is back", func() { book.connected("ssh://a") }, false},
		{"and so is the sandbox", func() { book.keep(portal) }, true},
	} {
		step.do()
		if got := leads(t, near); got != step.open {
			t.Errorf("%s: it leads there: %v", step.what, got)
		}
	}
	_ = page.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := page.Read(make([]byte, 1)); err != io.EOF { //nolint:errorlint // a reader gives it as it is
		t.Errorf("a page that was open before it was stopped is told %v", err)
	}
}

func TestAFarPortWhoseNumberIsTakenMeanwhileGetsAnother(t *testing.T) {
	book := newForwardBook()
	defer book.close()
	dial, _ := farAway(t)
	port := farPort{"ssh://a", "portal", "127.0.0.1:4096"}
	book.connected("ssh://a")
	near, err := book.to(port, dial)
	if err != nil {
		t.Fatal(err)
	}
	book.keep(nil)
	taker, err := net.Listen("tcp", near)
	if err != nil {
		t.Fatalf("a closed port is not free: %v", err)
	}
	defer func() { _ = taker.Close() }()
	book.keep(map[string]string{"portal": "127.0.0.1:4096"})
	other, err := book.to(port, dial)
	if err != nil || other == near || !leads(t, other) {
		t.Errorf("it is at %s instead of %s, %v", other, near, err)
	}
}
