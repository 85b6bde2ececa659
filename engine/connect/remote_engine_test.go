package connect

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"

	"berth/engine/enginetest"
	"berth/engine/fault"
)

// A real engine behind TLS, whose certificate only the context's CA vouches for.
func TestAContextsTLSMaterialIsUsed(t *testing.T) {
	of := enginetest.Shared(t)
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", strings.TrimPrefix(of.Host, "unix://"))
	}}
	defer transport.CloseIdleConnections()
	proxy := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "docker"}) }}
	server := httptest.NewUnstartedServer(proxy)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	server.StartTLS()
	defer server.Close()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})

	home := t.TempDir()
	host := "tcp://" + server.Listener.Addr().String()
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
	sshd, err := exec.LookPath("sshd")
	if err != nil {
		sshd = "/usr/sbin/sshd"
	}
	if _, err := os.Stat(sshd); err != nil || os.Getuid() != 0 {
		t.Skip("needs openssh-server and root: run `make test`")
	}
	dir := t.TempDir()
	keygen := func(name string) {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen: %v\n%s", err, out)
		}
	}
	keygen("host")
	keygen("user")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	write(t, filepath.Join(dir, "sshd_config"), fmt.Sprintf(
		"Port %d\nListenAddress 127.0.0.1\nHostKey %s/host\nAuthorizedKeysFile %s/user.pub\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\n", port, dir, dir))
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		t.Fatal(err)
	}
	server := exec.Command(sshd, "-D", "-e", "-f", filepath.Join(dir, "sshd_config"))
	var output bytes.Buffer
	server.Stderr = &output
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
		if t.Failed() {
			t.Log(output.String())
		}
	})
	// ssh reads the home folder of the user database, whatever HOME says; so a program of that name gives it its settings.
	write(t, filepath.Join(dir, "bin", "ssh"), fmt.Sprintf(
		"#!/bin/sh\nexec /usr/bin/ssh -F none -i %s/user -o IdentitiesOnly=yes -o UserKnownHostsFile=%s/known -o StrictHostKeyChecking=accept-new \"$@\"\n", dir, dir))
	if err := os.Chmod(filepath.Join(dir, "bin", "ssh"), 0o755); err != nil {
		t.Fatal(err)
	}
	w := Where{GOOS: "linux", Home: dir, Env: func(name string) string {
		return map[string]string{"PATH": filepath.Join(dir, "bin") + ":" + os.Getenv("PATH")}[name]
	}}
	enginetest.Eventually(t, 10*time.Second, "sshd to listen", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return false
		}
		_ = conn.Close()
		return true
	})
	host := fmt.Sprintf("ssh://root@127.0.0.1:%d%s", port, strings.TrimPrefix(of.Host, "unix://"))
	cli, eng, failure := Try(t.Context(), Endpoint{Name: "far", Host: host}, w)
	if failure != nil {
		t.Fatal(failure, failure.Err)
	}
	defer func() { _ = cli.Close() }()
	if eng.Product != "Docker" || eng.Version == "" {
		t.Errorf("%+v", eng)
	}

	// A port the far engine publishes on its own loopback is reached through the same ssh.
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("far")) }))
	defer far.Close()
	conn, err := PortDialer(Endpoint{Host: host}, w)(t.Context(), "tcp", far.Listener.Addr().String())
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
