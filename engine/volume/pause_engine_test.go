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
	id := sleeping(t, cli)
	if _, err := pause(t.Context(), cli, id); err != nil || !isPaused(t.Context(), cli, id) || asked.Load() != 3 {
		t.Errorf("after %d tries: %v", asked.Load(), err)
	}
	if _, err := pause(t.Context(), cli, "no-such-container"); err == nil || asked.Load() != 4 {
		t.Errorf("what cannot succeed was tried %d times: %v", asked.Load()-3, err)
	}
}

// What was paused for a copy goes on after it, and what somebody else paused does not, whatever of the answers gets lost.
func TestOnlyWhatWasPausedForTheWorkGoesOnAfterIt(t *testing.T) {
	for engine, of := range map[string]func(testing.TB) *enginetest.Engine{"Docker": enginetest.Shared, "Podman": enginetest.Podman} {
		for what, paused := range map[string]struct{ before, meanwhile, answered bool }{
			"as asked for":                     {answered: true},
			"the answer is lost":               {meanwhile: true},
			"the request is lost":              {},
			"by somebody else":                 {before: true, answered: true},
			"by somebody else, in that moment": {meanwhile: true, answered: true},
		} {
			t.Run(engine+", "+what, func(t *testing.T) {
				e := of(t)
				id := sleeping(t, e.Client)
				gate := enginetest.NewGate(t, e.Host)
				cli, err := client.NewClientWithOpts(client.WithHost(gate.Host), client.WithAPIVersionNegotiation())
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = cli.Close() }()
				pauses := func() {
					if err := e.Client.ContainerPause(t.Context(), id); err != nil {
						t.Error(err)
					}
				}
				if paused.before {
					pauses()
				}
				gate.Before(func(request string) bool { return strings.HasSuffix(request, "/pause") }, func() {
					if paused.meanwhile {
						pauses()
					}
					if !paused.answered {
						panic(http.ErrAbortHandler)
					}
				})
				worked := false
				err = helper{For: "test", Pause: id, Image: enginetest.BaseImage, Command: []string{"true"}}.with(t.Context(), cli, func(string) error {
					worked = isPaused(t.Context(), e.Client, id)
					return nil
				})
				lost := !paused.answered && !paused.meanwhile
				if (err != nil) != lost || worked == lost {
					t.Errorf("it worked while that was paused: %v; %v", worked, err)
				}
				theirs := paused.answered && (paused.before || paused.meanwhile && engine == "Docker") // Podman does not tell this from a fault
				if still := isPaused(t.Context(), e.Client, id); still != theirs {
					t.Errorf("afterwards it is paused: %v", still)
				}
			})
		}
	}
}

// sleeping is a container that runs until the test ends.
func sleeping(t *testing.T, cli *client.Client) (id string) {
	t.Helper()
	made, err := cli.ContainerCreate(t.Context(), &container.Config{Image: enginetest.BaseImage, Cmd: []string{"sleep", "1000"}}, nil, nil, nil, enginetest.Name(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := cli.ContainerStart(t.Context(), made.ID, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	return made.ID
}
