package release

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"berth/engine/fault"
)

// maxRedirects is how often a feed may send to another address.
const maxRedirects = 5

// Client asks feeds.
type Client struct {
	Agent string          // what it says that it is: "berth/1.2.3"
	Stall time.Duration   // how long nothing may come; 0 means 20 s
	HTTP  *http.Transport // nil means the usual
}

// Newest asks a feed for its highest release; false when it has none. It waits for the answer as long as something comes.
func (c Client) Newest(ctx context.Context, feed string) (Release, bool, error) {
	const op = "ask for a newer Berth"
	if err := CheckAddress(feed); err != nil {
		return Release{}, false, err
	}
	stall := c.Stall
	if stall == 0 {
		stall = 20 * time.Second
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := time.AfterFunc(stall, func() { cancel(fault.New(fault.Timeout, op, "the feed does not answer")) })
	defer stalled.Stop()

	text, at, err := c.fetch(ctx, feed, func() { stalled.Reset(stall) })
	// Also without an error: a server that hears that the connection is being closed may end its answer as if it were whole,
	// and be heard doing so.
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err != nil {
		return Release{}, false, fault.From(op, err)
	}
	return parse(text, at)
}

// fetch reads a feed's answer; alive is called whenever something came. At is the feed's own address.
func (c Client) fetch(ctx context.Context, feed string, alive func()) (text []byte, at *url.URL, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, feed, http.NoBody)
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("User-Agent", c.Agent)
	request.Header.Set("Accept", "application/json")
	transport := c.HTTP
	if transport == nil {
		transport = http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // it is one
		defer transport.CloseIdleConnections()
	}
	client := http.Client{Transport: transport, CheckRedirect: func(next *http.Request, before []*http.Request) error {
		alive()
		if len(before) > maxRedirects {
			return fault.New(fault.BadInput, "", "the feed sends in circles")
		}
		if !trusted(next.URL) || before[0].URL.Scheme == "https" && next.URL.Scheme != "https" {
			return fault.New(fault.BadInput, "", "the feed sends to an address without https")
		}
		next.Header.Del("Referer")
		return nil
	}}
	response, err := client.Do(request)
	if err != nil {
		return nil, nil, unreached(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, nil, refused(response)
	}
	text, err = io.ReadAll(io.LimitReader(told{response.Body, alive}, maxBytes+1))
	if err == nil && len(text) > maxBytes {
		err = fault.New(fault.BadInput, "", "the feed's answer is larger than any list of releases")
	}
	return text, request.URL, err
}

// unreached says of a request that had no answer which computer it was for and why, without the library's words around that and
// without the rest of the address.
func unreached(err error) error {
	var asked *url.Error
	if !errors.As(err, &asked) {
		return err
	}
	at, unread := url.Parse(asked.URL)
	var way *net.OpError
	if unread != nil || !errors.As(asked.Err, &way) {
		return asked.Err
	}
	why := way.Err.Error()
	var name *net.DNSError
	var system syscall.Errno
	switch {
	case errors.As(way.Err, &name):
		why = name.Err
	case errors.As(way.Err, &system):
		why = system.Error()
	}
	return &fault.Error{
		Kind: fault.Network, Why: fmt.Sprintf("%s cannot be reached: %s", at.Host, why), Remedy: "Check the network connection, then try again.", Err: err,
	}
}

// refused is what a status says that is no answer.
func refused(r *http.Response) error {
	kind, remedy := fault.Unknown, ""
	switch {
	case r.StatusCode == http.StatusNotFound || r.StatusCode == http.StatusGone:
		kind, remedy = fault.NotFound, "Check the address."
	case r.StatusCode == http.StatusUnauthorized:
		kind = fault.Unauthorized
	case r.StatusCode == http.StatusTooManyRequests || r.StatusCode == http.StatusForbidden: // GitHub says both
		kind, remedy = fault.RateLimited, "Try again later."
	case r.StatusCode >= 500:
		kind, remedy = fault.Network, "Try again later."
	}
	return &fault.Error{Kind: kind, Why: fmt.Sprintf("the feed answers %d", r.StatusCode), Remedy: remedy, Err: errors.New(http.StatusText(r.StatusCode))}
}

// told tells of everything that comes.
type told struct {
	io.Reader
	alive func()
}

func (t told) Read(p []byte) (int, error) {
	n, err := t.Reader.Read(p)
	if n > 0 {
		t.alive()
	}
	return n, err
}
