package engine

import (
	"net/http"
	"strings"
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
