package connect

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/docker/cli/cli/connhelper"
	"github.com/docker/cli/cli/connhelper/ssh"
	"github.com/docker/docker/client"
	"github.com/docker/go-connections/sockets"

	"berth/engine/fault"
)

// Dial makes a client for an endpoint: the API version is negotiated at its first use, TLS material comes from the
// context store (or the environment, for DOCKER_HOST), ssh:// runs the ssh program. Nothing is sent yet. A failure is a
// *fault.Error of kind BadContext. The client is the caller's to Close.
func Dial(ep Endpoint, w Where) (*client.Client, error) {
	cli, _, err := dial(ep, w)
	if err != nil {
		return nil, err // not err itself: a nil *fault.Error would not be a nil error
	}
	return cli, nil
}

// dial is Dial, and gives the record of how connecting goes.
func dial(ep Endpoint, w Where) (*client.Client, *record, *fault.Error) {
	if ep.Err != nil {
		return nil, nil, ep.Err
	}
	open, host, err := dialer(ep, w)
	if err != nil {
		return nil, nil, badContext(ep.Name, err.Error(), err)
	}
	rec := &record{dial: open}
	transport := &http.Transport{MaxIdleConns: 6, IdleConnTimeout: 30 * time.Second}
	if strings.HasPrefix(ep.Host, "tcp://") {
		if transport.TLSClientConfig, err = endpointTLS(ep, w); err != nil {
			return nil, nil, badContext(ep.Name, "its TLS files cannot be used: "+err.Error(), err)
		}
	}
	cli, err := client.NewClientWithOpts(
		client.WithHTTPClient(&http.Client{Transport: transport, CheckRedirect: client.CheckRedirect}),
		client.WithHost(host),
		client.WithDialContext(rec.DialContext), // after WithHost, which sets its own
		client.WithAPIVersionNegotiation(),
	)
	if err != nil {
		return nil, nil, badContext(ep.Name, err.Error(), err)
	}
	if strings.HasPrefix(ep.Host, "ssh://") {
		transport.Proxy = nil // WithHost takes the placeholder for an address a proxy could know
	}
	return cli, rec, nil
}

func endpointTLS(ep Endpoint, w Where) (*tls.Config, error) {
	if ep.Source == FromEnv {
		if config, err := envTLS(w); config != nil || err != nil {
			return config, err
		}
	}
	if ep.Certs != "" {
		return folderTLS(ep.Certs)
	}
	if ep.Context == "" {
		return nil, nil
	}
	return contextTLS(w, ep.Context)
}

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dialer gives how connections to an endpoint are opened, and the host the client is told, which for ssh is a
// placeholder.
func dialer(ep Endpoint, w Where) (dialFunc, string, error) {
	scheme, _, ok := strings.Cut(ep.Host, "://")
	if !ok {
		return nil, "", fmt.Errorf("the host %q has no scheme", ep.Host)
	}
	if scheme == "ssh" {
		return sshDialer(ep.Host, w)
	}
	parsed, err := client.ParseHostURL(ep.Host)
	if err != nil {
		return nil, "", err
	}
	transport := new(http.Transport) // only for the dialer: a socket, a pipe, TCP
	if err := sockets.ConfigureTransport(transport, parsed.Scheme, parsed.Host); err != nil {
		return nil, "", err
	}
	return transport.DialContext, ep.Host, nil
}

// sshFlags: no terminal to ask for a password, so fail at once instead; notice a dead far side.
var sshFlags = []string{
	"-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=3",
}

func sshDialer(host string, w Where) (dialFunc, string, error) {
	spec, err := ssh.ParseURL(host)
	if err != nil {
		return nil, "", err
	}
	program := w.program("ssh")
	if program == "" {
		return nil, "", errors.New("the program ssh is not installed")
	}
	remoteCommand := []string{"docker", "system", "dial-stdio"}
	if strings.Trim(spec.Path, "/") != "" {
		remoteCommand = []string{"docker", "--host=unix://" + spec.Path, "system", "dial-stdio"}
	}
	args, err := spec.Command(sshFlags, remoteCommand...)
	if err != nil {
		return nil, "", err
	}
	helper, err := connhelper.GetCommandConnectionHelper(program, args...)
	if err != nil {
		return nil, "", err
	}
	return helper.Dialer, helper.Host, nil
}

// record dials and remembers how the last attempt went, because the client turns the cause of a failed connection into
// a sentence.
type record struct {
	dial dialFunc

	mu        sync.Mutex // guards what follows
	connected bool
	err       error
}

// DialContext dials.
func (r *record) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := r.dial(ctx, network, address)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.connected, r.err = err == nil, err
	return conn, err
}

// last is how the last attempt went; both are zero when none has ended.
func (r *record) last() (connected bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.connected, r.err
}
