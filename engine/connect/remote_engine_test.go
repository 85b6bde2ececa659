package connect

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"

	"berth/engine/enginetest"
	"berth/engine/fault"
)

// behindTLS puts an engine behind TLS, and gives its address and the authority that vouches for it.
func behindTLS(t *testing.T, of *enginetest.Engine) (host string, ca []byte) {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", strings.TrimPrefix(of.Host, "unix://"))
	}}
	t.Cleanup(transport.CloseIdleConnections)
	proxy := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "docker"}) }}
	server := httptest.NewUnstartedServer(proxy)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	return "tcp://" + server.Listener.Addr().String(), ca
}

// A real engine behind TLS, whose certificate only the context's CA vouches for.
func TestAContextsTLSMaterialIsUsed(t *testing.T) {
	of := enginetest.Shared(t)
	host, ca := behindTLS(t, of)
	home := t.TempDir()
	addContext(t, home, "secure", host)
	withCA := store.EndpointTLSData{Files: map[string][]byte{"ca.pem": ca}}
	s := contextStore(filepath.Join(home, ".docker"))
	if err := s.ResetEndpointTLSMaterial("secure", docker.DockerEndpoint, &withCA); err != nil {
		t.Fatal(err)
	}
	w := at("linux", home, nil)
	ep := find(t, Discover(w), host)
	cli, eng, failure := Try(t.Context(), ep, w)
	if failure != nil {
		t.Fatal(failure)
	}
	_ = cli.Close()
	if eng.Product != "Docker" {
		t.Errorf("%+v", eng)
	}

	addContext(t, home, "insecure", host)
	_, _, failure = Try(t.Context(), Endpoint{Name: "insecure", Host: host, Context: "insecure"}, w)
	if failure == nil || failure.Kind != fault.BadContext && failure.Kind != fault.NotRunning {
		t.Errorf("without the CA: %v", failure)
	}
}

// A real sshd on this computer, with keys of its own, in front of the real engine.
func TestAnEngineIsReachedOverSSH(t *testing.T) {
	of := enginetest.Shared(t)
	far := enginetest.Sshd(t)
	w := Where{GOOS: "linux", Env: far.Env}
	host := far.URL(of)
	cli, eng, failure := Try(t.Context(), Endpoint{Name: "far", Host: host}, w)
	if failure != nil {
		t.Fatal(failure, failure.Err)
	}
	defer func() { _ = cli.Close() }()
	if eng.Product != "Docker" || eng.Version == "" {
		t.Errorf("%+v", eng)
	}

	// A port the far engine publishes on its own loopback is reached through the same ssh.
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("far")) }))
	defer web.Close()
	conn, err := PortDialer(Endpoint{Host: host}, w)(t.Context(), "tcp", web.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprint(conn, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 15)
	if _, err := conn.Read(answer); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.") {
		t.Errorf("through ssh came %q, %v", answer, err)
	}

	_, _, failure = Try(t.Context(), Endpoint{Name: "dead", Host: "ssh://root@127.0.0.1:1"}, w)
	if failure == nil || failure.Kind != fault.Network && failure.Kind != fault.NotRunning || failure.Remedy == "" {
		t.Errorf("a dead ssh host: %+v", failure)
	}
}

// What the real ssh says when the far computer is not the one it was, or does not let anybody in.
func TestWhatIsWrongWithSSHKeysIsToldApart(t *testing.T) {
	of := enginetest.Shared(t)
	for _, c := range []struct {
		name, why, remedy, command string
		kind                       fault.Kind
		hurt                       func(*enginetest.SSHD)
	}{
		{
			"a host key that nobody has accepted yet", "does not know that computer yet", "compare", "ssh -p ", fault.BadContext,
			func(far *enginetest.SSHD) { far.Ask("ask") },
		},
		{
			"a host key that has changed", "another key than before", "set up anew", "ssh-keygen -R", fault.BadContext,
			func(far *enginetest.SSHD) { far.Rekey() },
		},
		{
			"a key that is refused", "not let in", "ssh-copy-id", "ssh-copy-id -p ", fault.Permission,
			func(far *enginetest.SSHD) { far.Refuse() },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			far := enginetest.Sshd(t)
			w, ep := Where{GOOS: "linux", Env: far.Env}, Endpoint{Name: "far", Host: far.URL(of)}
			if c.command != "ssh -p " {
				cli, _, failure := Try(t.Context(), ep, w)
				if failure != nil {
					t.Fatal(failure)
				}
				_ = cli.Close()
			}
			c.hurt(far)
			_, _, failure := Try(t.Context(), ep, w)
			wantDiagnosis(t, failure, c.kind, c.command)
			if !strings.Contains(failure.Why, c.why) || !strings.Contains(failure.Remedy, c.remedy) {
				t.Errorf("why %q, remedy %q", failure.Why, failure.Remedy)
			}
		})
	}
}
