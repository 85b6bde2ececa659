package watch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/docker/go-connections/nat"

	"berth/engine/enginetest"
	"berth/engine/fault"
)

// engines runs a test on each engine there is.
func engines(t *testing.T, test func(t *testing.T, cli *client.Client)) {
	t.Run("docker", func(t *testing.T) { test(t, negotiated(t, enginetest.Shared(t).Client)) })
	t.Run("podman", func(t *testing.T) { test(t, negotiated(t, enginetest.Podman(t).Client)) })
}

// negotiated makes a client agree on the API version, as connecting does, before two goroutines use it: its first calls
// race otherwise.
func negotiated(t testing.TB, cli *client.Client) *client.Client {
	t.Helper()
	_, err := cli.ServerVersion(t.Context())
	ok(t, err)
	return cli
}

// until waits for a condition.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	enginetest.Eventually(t, 30*time.Second, what, ok)
}

// background runs something until the test ends, and then waits for it.
func background(t testing.TB, run func(context.Context) error) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(30 * time.Second):
			t.Error("Run does not end")
			return nil
		}
	})
	t.Cleanup(func() { _ = stop() })
	return stop
}

// create makes a container that runs a script; the end of the test removes it.
func create(t testing.TB, cli *client.Client, name, script string, labels map[string]string) string {
	t.Helper()
	c, err := cli.ContainerCreate(t.Context(), &container.Config{
		Image: enginetest.BaseImage, Cmd: []string{"bash", "-c", script}, Labels: labels,
		ExposedPorts: nat.PortSet{"4096/tcp": {}},
	}, &container.HostConfig{
		NetworkMode: "none", Resources: container.Resources{Memory: 64 << 20},
		PortBindings: nat.PortMap{"4096/tcp": {{HostIP: "127.0.0.1", HostPort: "45123"}}},
	}, nil, nil, name)
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

// patience is told to each stop: Podman 4.3 kills at once a container that was created without a stop timeout.
var patience = container.StopOptions{Timeout: func() *int { n := 10; return &n }()}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// find gives the container with that id.
func find(w *Watcher, id string) Container {
	for _, c := range w.Containers() {
		if c.ID == id {
			return c
		}
	}
	return Container{}
}

func TestTheLifeOfASandboxIsSeen(t *testing.T) {
	engines(t, func(t *testing.T, cli *client.Client) {
		var changes atomic.Int64
		w := New(func() { changes.Add(1) })
		stop := background(t, func(ctx context.Context) error { return w.Run(ctx, cli) })
		until(t, "the first list", w.Listed)

		name := enginetest.Name(t)
		id := create(t, cli, name, "trap 'exit 5' TERM; while :; do sleep 0.05; done", map[string]string{labelSandbox: "x"})
		until(t, "it is created", func() bool { return find(w, id).Status == "created" })
		c := find(w, id)
		if c.Name != name || !c.Sandbox || !strings.Contains(c.Image, "debian") || c.ImageID == "" || c.Memory != 64<<20 ||
			!c.StartedAt.IsZero() || c.Created.IsZero() {
			t.Errorf("created: %+v", c)
		}
		// Podman drops the ports of a container without a network.
		if want := []Port{{"127.0.0.1", 45123, 4096}}; len(c.Ports) > 0 && !slices.Equal(c.Ports, want) {
			t.Errorf("ports %v, want %v", c.Ports, want)
		}
		before := changes.Load()
		ok(t, cli.ContainerStart(t.Context(), id, container.StartOptions{}))
		until(t, "it runs", func() bool { return find(w, id).Status == "running" })
		if find(w, id).StartedAt.IsZero() || changes.Load() == before {
			t.Errorf("started: %+v", find(w, id))
		}
		ok(t, cli.ContainerRename(t.Context(), id, name+"-b"))
		until(t, "it has another name", func() bool { return find(w, id).Name == name+"-b" })
		ok(t, cli.ContainerPause(t.Context(), id))
		until(t, "it is paused", func() bool { return find(w, id).Status == "paused" })
		ok(t, cli.ContainerUnpause(t.Context(), id))
		until(t, "it goes on", func() bool { return find(w, id).Status == "running" })
		ok(t, cli.ContainerStop(t.Context(), id, patience))
		until(t, "it is stopped", func() bool { return find(w, id).Status == "exited" })
		if c := find(w, id); c.ExitCode != 5 || c.FinishedAt.IsZero() {
			t.Errorf("stopped: %+v", c)
		}
		ok(t, cli.ContainerRemove(t.Context(), id, container.RemoveOptions{}))
		until(t, "it is gone", func() bool { return find(w, id).ID == "" })
		if err := stop(); !errors.Is(err, context.Canceled) || w.Listed() {
			t.Errorf("Run returned %v, listed %v", err, w.Listed())
		}
	})
}

func TestAnOutOfMemoryKillIsSeen(t *testing.T) {
	cli := negotiated(t, enginetest.Shared(t).Client)
	w := New(nil)
	background(t, func(ctx context.Context) error { return w.Run(ctx, cli) })
	id := create(t, cli, enginetest.Name(t), "exec tail /dev/zero", map[string]string{labelSandbox: "x"})
	ok(t, cli.ContainerStart(t.Context(), id, container.StartOptions{}))
	until(t, "it is killed", func() bool { c := find(w, id); return c.Status == "exited" && !c.Early })
	got, err := cli.ContainerInspect(t.Context(), id)
	ok(t, err)
	if got.State.ExitCode == 137 && !got.State.OOMKilled {
		t.Skip("the engine does not say that a container ended for lack of memory")
	}
	if c := find(w, id); !c.OOMKilled || c.ExitCode != 137 {
		t.Errorf("killed: %+v", c)
	}
}

func TestABrokenConnectionKeepsTheStateAndTheNextOneListsAgain(t *testing.T) {
	e := enginetest.Shared(t)
	proxy := enginetest.Proxy(t, "unix", strings.TrimPrefix(e.Host, "unix://"))
	through, err := client.NewClientWithOpts(client.WithHost("tcp://"+proxy.Addr()), client.WithAPIVersionNegotiation())
	ok(t, err)
	t.Cleanup(func() { _ = through.Close() })
	name := enginetest.Name(t)
	labels := map[string]string{labelSandbox: "x"}
	stays := create(t, e.Client, name+"-a", "exit 3", labels)
	goes := create(t, e.Client, name+"-b", "exit 3", labels)

	w := New(nil)
	done := make(chan error, 1)
	go func() { done <- w.Run(t.Context(), through) }()
	until(t, "both are known", func() bool { return find(w, stays).Sandbox && find(w, goes).Sandbox })
	proxy.Refuse(true)
	proxy.CutAll()
	select {
	case err := <-done:
		var known *fault.Error
		if !errors.As(err, &known) || !errors.Is(err, fault.Network) {
			t.Errorf("a cut connection ends Run with %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("a cut connection does not end Run")
	}
	if w.Listed() || find(w, goes).ID == "" {
		t.Errorf("listed %v, and the last state has %d containers", w.Listed(), len(w.Containers()))
	}
	ok(t, e.Client.ContainerRemove(t.Context(), goes, container.RemoveOptions{}))
	ok(t, e.Client.ContainerStart(t.Context(), stays, container.StartOptions{}))
	until(t, "it has ended", func() bool {
		r, err := e.Client.ContainerInspect(t.Context(), stays)
		return err == nil && r.State.Status == "exited"
	})
	proxy.Refuse(false)
	background(t, func(ctx context.Context) error { return w.Run(ctx, through) })
	until(t, "it is listed again", w.Listed)
	if find(w, goes).ID != "" || find(w, stays).ExitCode != 3 {
		t.Errorf("after the reconnect: %+v", w.Containers())
	}
}

func TestABurstOfChangesEndsInTheTruth(t *testing.T) {
	cli := negotiated(t, enginetest.Shared(t).Client)
	w := New(nil)
	background(t, func(ctx context.Context) error { return w.Run(ctx, cli) })
	until(t, "the first list", w.Listed)
	name := enginetest.Name(t)
	var wg sync.WaitGroup
	for i := range 20 { // half of them Berth's
		wg.Go(func() {
			labels := map[string]string{}
			if i%2 == 0 {
				labels[labelSandbox] = "x"
			}
			id := create(t, cli, fmt.Sprintf("%s-%02d", name, i), "exit 3", labels)
			for n := range 20 {
				_ = cli.ContainerRename(t.Context(), id, fmt.Sprintf("%s-%02d-%d", name, i, n))
			}
			if i%4 == 0 {
				_ = cli.ContainerRemove(t.Context(), id, container.RemoveOptions{})
			}
		})
	}
	wg.Wait()
	until(t, "all have their last name", func() bool {
		n := 0
		for _, c := range w.Containers() {
			if strings.HasPrefix(c.Name, name) && strings.HasSuffix(c.Name, "-19") {
				n++
			}
		}
		return n == 15
	})
	if all := w.Containers(); !slices.IsSortedFunc(all, func(a, b Container) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("not sorted by name")
	}
}

func TestUsageOfABusyContainerIsStreamedWhileLookedAt(t *testing.T) {
	engines(t, func(t *testing.T, cli *client.Client) {
		id := create(t, cli, enginetest.Name(t), "while :; do :; done", nil)
		ok(t, cli.ContainerStart(t.Context(), id, container.StartOptions{}))
		s := NewStats(nil)
		stop := background(t, func(ctx context.Context) error { return s.Run(ctx, cli) })
		s.Look([]string{id, strings.Repeat("0", 64)})
		var u Usage
		until(t, "there is a usage", func() bool {
			var known bool
			u, known = s.Usage(id)
			return known && len(u.History) >= 2
		})
		// How much of a core it gets depends on what else runs here.
		if u.CPU < 20 || u.CPU > 115 || u.Memory < 1000 || u.Memory > 64<<20 || u.Limit != 64<<20 {
			t.Errorf("a busy loop uses %+v", u)
		}
		t.Logf("%+v", u)
		s.Look(nil)
		if _, known := s.Usage(id); known {
			t.Error("what is not looked at has a usage")
		}
		s.Look([]string{id})
		until(t, "there is a usage again", func() bool { _, known := s.Usage(id); return known })
		ok(t, cli.ContainerKill(t.Context(), id, "KILL"))
		until(t, "a stopped container has none", func() bool { _, known := s.Usage(id); return !known })
		ok(t, cli.ContainerStart(t.Context(), id, container.StartOptions{}))
		until(t, "a started one has one again", func() bool { _, known := s.Usage(id); return known })
		if err := stop(); !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
	})
}

// The engine holds what has ended for a moment, in which it answers nothing about it.
func TestAnEndIsKnownBeforeTheContainerCanBeLookedAt(t *testing.T) {
	e := enginetest.Shared(t)
	name := enginetest.Name(t)
	id := create(t, e.Client, name, "sleep 1d", map[string]string{labelSandbox: name})
	t.Cleanup(func() { _ = e.Client.ContainerRemove(context.Background(), id, container.RemoveOptions{Force: true}) })
	gate := enginetest.NewGate(t, e.Host)
	cli, err := client.NewClientWithOpts(client.WithHost(gate.Host), client.WithAPIVersionNegotiation())
	ok(t, err)
	t.Cleanup(func() { _ = cli.Close() })
	w := New(nil)
	background(t, func(ctx context.Context) error { return w.Run(ctx, negotiated(t, cli)) })
	is := func(what func(Container) bool) func() bool {
		return func() bool {
			return slices.ContainsFunc(w.Containers(), func(c Container) bool { return c.ID == id && what(c) })
		}
	}
	ok(t, e.Client.ContainerStart(t.Context(), id, container.StartOptions{}))
	until(t, "the start", is(func(c Container) bool { return c.Status == "running" }))
	let := make(chan struct{})
	gate.Before(func(request string) bool { return strings.HasPrefix(request, "GET ") && strings.Contains(request, id) }, func() { <-let })
	ok(t, e.Client.ContainerKill(t.Context(), id, "KILL"))
	until(t, "the end by its event", is(func(c Container) bool { return c.Status == "exited" && c.ExitCode == 137 && c.Early }))
	close(let)
	until(t, "the end as the engine has it", is(func(c Container) bool { return c.Status == "exited" && c.ExitCode == 137 && !c.Early }))
}
