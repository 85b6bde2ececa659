package volume

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"berth/engine/enginetest"
)

func TestAFreezeThatFailsOnABusyComputerIsTriedAgain(t *testing.T) {
	e := enginetest.Shared(t)
	socket := strings.TrimPrefix(e.Host, "unix://")
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "docker"})
	proxy.Transport = transport
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/pause") && asked.Add(1) < 3 {
			http.Error(w, `{"message":"OCI runtime pause failed: unable to freeze"}`, http.StatusInternalServerError)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		server.Close()
		transport.CloseIdleConnections()
	})
	cli, err := client.NewClientWithOpts(client.WithHost("tcp://"+server.Listener.Addr().String()), client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cli.Close() }()
	made, err := cli.ContainerCreate(t.Context(), &container.Config{Image: enginetest.BaseImage, Cmd: []string{"sleep", "1000"}}, nil, nil, nil, enginetest.Name(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := cli.ContainerStart(t.Context(), made.ID, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := pause(t.Context(), cli, made.ID); err != nil || !isPaused(t.Context(), cli, made.ID) || asked.Load() != 3 {
		t.Errorf("after %d tries: %v", asked.Load(), err)
	}
	if err := pause(t.Context(), cli, "no-such-container"); err == nil || asked.Load() != 4 {
		t.Errorf("what cannot succeed was tried %d times: %v", asked.Load()-3, err)
	}
}
