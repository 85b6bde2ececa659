package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/docker/docker/client"

	"berth/engine/enginetest"
	"berth/engine/fault"
)

// ownAddress is an address of this computer that containers reach too.
func ownAddress(t testing.TB) net.IP {
	t.Helper()
	links, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		addresses, err := link.Addrs()
		if err != nil || link.Flags&net.FlagUp == 0 || link.Flags&net.FlagLoopback != 0 {
			continue
		}
		for _, address := range addresses {
			if n, ok := address.(*net.IPNet); ok && n.IP.To4() != nil {
				return n.IP.To4()
			}
		}
	}
	t.Skip("this computer has no address but its loopback's")
	return nil
}

// interceptor serves an archive with a binary of the test's own over TLS that only an authority of the test's own vouches
// for, as a network does that inspects TLS.
func interceptor(t testing.TB) (ca []byte, url string, pin Pin) {
	t.Helper()
	content := []byte("#!/bin/sh\necho intercepted\n")
	var archive bytes.Buffer
	zip := gzip.NewWriter(&archive)
	pack := tar.NewWriter(zip)
	if err := pack.WriteHeader(&tar.Header{Name: "opencode", Mode: 0o755, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	if _, err := pack.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := pack.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)

	address := ownAddress(t)
	listener, err := net.Listen("tcp", net.JoinHostPort(address.String(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(archive.Bytes()) }))
	_ = server.Listener.Close()
	server.Listener = listener
	authority := enginetest.NewAuthority(t)
	server.TLS = authority.Server(address)
	server.StartTLS()
	t.Cleanup(server.Close)
	return authority.PEM, server.URL + "/opencode.tar.gz", Pin{Version: "0.0.1", SHA256: hex.EncodeToString(sum[:])}
}

func TestADownloadBehindATLSInspectingNetworkSucceedsOnceItsAuthorityIsTrusted(t *testing.T) {
	enginetest.Slow(t)
	tests := []struct {
		name  string
		trust func(t *testing.T, o *BuildOptions, ca []byte)
		in    bool // the authority is in the image too
		fails bool
	}{
		{"by the computer", func(t *testing.T, o *BuildOptions, ca []byte) {
			// The packages come through whatever this computer trusts already, so the authority joins that.
			all, _, err := HostCA()
			if err != nil {
				t.Fatal(err)
			}
			t.Setenv("SSL_CERT_FILE", inFile(t, string(all)+string(ca)))
			if o.CA, _, err = HostCA(); err != nil {
				t.Fatal(err)
			}
		}, false, false},
		{"by the settings", func(t *testing.T, o *BuildOptions, ca []byte) {
			var err error
			if o.SandboxCA, err = ExtraCA(inFile(t, string(ca))); err != nil {
				t.Fatal(err)
			}
		}, true, false},
		{"by nobody", func(*testing.T, *BuildOptions, []byte) {}, false, true},
	}
	onBothBuilders(t, func(t *testing.T, cli *client.Client, buildKit bool) {
		for i, tt := range tests {
			if i == 0 && !strings.HasSuffix(t.Name(), "/BuildKit") {
				continue // a computer's bundle is fetched with on every builder by the test of the whole image
			}
			t.Run(tt.name, func(t *testing.T) {
				ca, url, pin := interceptor(t)
				opts := good()
				opts.Policy, opts.DockerConfig = quick, t.TempDir()
				opts.Pin, opts.URL, opts.BuildKit, opts.Tag = pin, url, buildKit, enginetest.Name(t)+":1"
				tt.trust(t, &opts, ca)
				forget(t, cli, opts.Tag)
				one, got := builtBy(t, cli, opts)
				if tt.fails {
					e := wantKind(t, one.View().Err, fault.BuildFailed)
					if !strings.Contains(e.Why, "certificate of the download address is not trusted") || !strings.Contains(e.Remedy, "image.trustHostCA") {
						t.Errorf("why %q, remedy %q, log %q", e.Why, e.Remedy, e.Log)
					}
					return
				}
				if err := one.View().Err; err != nil {
					t.Fatalf("%v\n%s", err, strings.Join(fault.From("", err).Log, "\n"))
				}
				lines := strings.Split(strings.TrimSpace(string(ca)), "\n")
				seen := output1(t, cli, got.Reference, "opencode; grep -c '"+lines[1]+"' /etc/ssl/certs/ca-certificates.crt")
				if want := "intercepted\n" + map[bool]string{true: "1", false: "0"}[tt.in]; strings.TrimSpace(seen) != want {
					t.Errorf("the image says %q, want %q", seen, want)
				}
			})
		}
	})
}
