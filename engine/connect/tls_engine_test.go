package connect

import (
	"context"
	"crypto/tls"
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

// strict is the real engine behind a door that lets in only clients with a certificate of that authority.
func strict(t *testing.T, authority *enginetest.Authority) (host string) {
	t.Helper()
	of := enginetest.Shared(t)
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", strings.TrimPrefix(of.Host, "unix://"))
	}}
	proxy := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "docker"}) }}
	server := httptest.NewUnstartedServer(proxy)
	server.TLS = authority.Server(net.IPv4(127, 0, 0, 1))
	server.TLS.ClientAuth, server.TLS.ClientCAs = tls.RequireAndVerifyClientCert, authority.Pool()
	server.StartTLS()
	t.Cleanup(func() {
		server.Close()
		transport.CloseIdleConnections()
	})
	return "tcp://" + server.Listener.Addr().String()
}

// material puts a context with those TLS files into a home folder.
func material(t *testing.T, home, name, host string, files map[string][]byte) {
	t.Helper()
	addContext(t, home, name, host)
	data := store.EndpointTLSData{Files: files}
	if err := contextStore(filepath.Join(home, ".docker")).ResetEndpointTLSMaterial(name, docker.DockerEndpoint, &data); err != nil {
		t.Fatal(err)
	}
}

func TestAnEngineThatAsksForAClientCertificateGetsTheContexts(t *testing.T) {
	authority := enginetest.NewAuthority(t)
	host := strict(t, authority)
	cert, key := authority.Client()
	strangeCert, strangeKey := enginetest.NewAuthority(t).Client()
	for name, c := range map[string]struct {
		files map[string][]byte
		in    bool
	}{
		"the right one":           {map[string][]byte{"ca.pem": authority.PEM, "cert.pem": cert, "key.pem": key}, true},
		"none":                    {map[string][]byte{"ca.pem": authority.PEM}, false},
		"one of somebody else":    {map[string][]byte{"ca.pem": authority.PEM, "cert.pem": strangeCert, "key.pem": strangeKey}, false},
		"with a CA of other ones": {map[string][]byte{"ca.pem": enginetest.NewAuthority(t).PEM, "cert.pem": cert, "key.pem": key}, false},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			material(t, home, "strict", host, c.files)
			w := at("linux", home, nil)
			cli, eng, failure := Try(t.Context(), find(t, Discover(w), host), w)
			if c.in {
				if failure != nil {
					t.Fatal(failure)
				}
				_ = cli.Close()
				if eng.Product != "Docker" {
					t.Errorf("%+v", eng)
				}
				return
			}
			if cli != nil {
				_ = cli.Close()
				t.Fatal("it was let in")
			}
			wantDiagnosis(t, failure, fault.BadContext, "docker context inspect strict")
			if !strings.HasPrefix(failure.Why, "TLS failed: ") {
				t.Errorf("why %q", failure.Why)
			}
		})
	}
}

func TestAnEngineThatAsksForAClientCertificateGetsThatOfDOCKER_CERT_PATH(t *testing.T) { //nolint:revive // the variable's own name
	authority := enginetest.NewAuthority(t)
	host := strict(t, authority)
	dir := t.TempDir()
	cert, key := authority.Client()
	for name, content := range map[string][]byte{"ca.pem": authority.PEM, "cert.pem": cert, "key.pem": key} {
		write(t, filepath.Join(dir, name), string(content))
	}
	w := at("linux", t.TempDir(), map[string]string{"DOCKER_HOST": host, "DOCKER_CERT_PATH": dir, "DOCKER_TLS_VERIFY": "1"})
	cli, _, failure := Try(t.Context(), Discover(w)[0], w)
	if failure != nil {
		t.Fatal(failure)
	}
	_ = cli.Close()
}
