package engine

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Get(address)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = res.Body.Close() }()
	return res.StatusCode, res.Header.Get("Location")
}

func TestATicketIsWorthOneRedirect(t *testing.T) {
	book := newForwardBook()
	defer book.close()
	const target = "http://127.0.0.1:4096/?auth_token=secret"
	ticket, err := book.ticket(target)
	if err != nil || strings.Contains(ticket, "secret") || !strings.HasPrefix(ticket, "http://127.0.0.1:") {
		t.Fatal(ticket, err)
	}
	if status, location := get(t, ticket+"x"); status != http.StatusGone || location != "" {
		t.Errorf("a guess is answered %d %q", status, location)
	}
	if status, location := get(t, ticket); status != http.StatusFound || location != target {
		t.Errorf("the ticket is answered %d %q", status, location)
	}
	if status, location := get(t, ticket); status == http.StatusFound || location != "" {
		t.Errorf("a second use is answered %d %q", status, location)
	}
}

func TestAFarPortIsReachedThroughADialer(t *testing.T) {
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "far") }))
	defer far.Close()
	book := newForwardBook()
	defer book.close()
	var dialled atomic.Int32
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		dialled.Add(1)
		if address != "10.0.0.1:4096" {
			t.Errorf("dialled %s", address)
		}
		return new(net.Dialer).DialContext(ctx, network, far.Listener.Addr().String())
	}
	near, err := book.to("ssh://a", "10.0.0.1:4096", dial)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := book.to("ssh://a", "10.0.0.1:4096", dial); again != near || err != nil {
		t.Errorf("the same port twice is at %s and %s, %v", near, again, err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get("http://" + near)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil || string(text) != "far" || dialled.Load() != 1 {
		t.Errorf("got %q, %v, after %d dials", text, err, dialled.Load())
	}
}

func TestNothingListensAfterTheEnd(t *testing.T) {
	book := newForwardBook()
	ticket, err := book.ticket("http://127.0.0.1:1/")
	if err != nil {
		t.Fatal(err)
	}
	book.close()
	if status, _ := get(t, ticket); status != 0 {
		t.Errorf("it still answers %d", status)
	}
	if _, err := book.ticket("http://127.0.0.1:1/"); err == nil {
		t.Error("a ticket was given after the end")
	}
}
