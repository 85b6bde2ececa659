package enginetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"
)

// BaseImage is on every shared engine, and every private one can pull it.
const BaseImage = "debian:bookworm-slim"

// Engine is a running engine.
type Engine struct {
	Host   string // "unix:///..."
	Client *client.Client
}

// Shared is the Docker engine that all tests share.
func Shared(t testing.TB) *Engine {
	t.Helper()
	return fromEnv(t, "BERTH_TEST_HOST")
}

// Podman is the Podman service that all tests share.
func Podman(t testing.TB) *Engine {
	t.Helper()
	return fromEnv(t, "BERTH_TEST_PODMAN")
}

func fromEnv(t testing.TB, name string) *Engine {
	t.Helper()
	host := os.Getenv(name)
	if host == "" {
		t.Skip("needs a real engine (" + name + "): run `make test`, which starts one")
	}
	t.Attr("engine", host) // by which scripts/engines knows the tests that are about an engine
	return &Engine{Host: host, Client: dial(t, host)}
}

// dial makes a client that ends with the test.
func dial(t testing.TB, host string) *client.Client {
	t.Helper()
	cli, err := client.NewClientWithOpts(client.WithHost(host), client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cli.Close() })
	return cli
}

// Registry is the address of the shared registry, "127.0.0.1:5000". It speaks plain http, which the engines accept there.
func Registry(t testing.TB) string {
	t.Helper()
	address := os.Getenv("BERTH_TEST_REGISTRY")
	if address == "" {
		t.Skip("needs a real registry (BERTH_TEST_REGISTRY): run `make test`, which starts one")
	}
	return address
}

// Name is a name no other test uses, "t-1f0a9c3e". What has it in its own name on the shared engines (containers, volumes,
// networks) is removed at the end of the test.
func Name(t testing.TB) string {
	t.Helper()
	random := make([]byte, 4)
	_, _ = rand.Read(random) // never fails
	name := "t-" + hex.EncodeToString(random)
	t.Cleanup(func() {
		for _, variable := range []string{"BERTH_TEST_HOST", "BERTH_TEST_PODMAN"} {
			if host := os.Getenv(variable); host != "" {
				removeNamed(t, dial(t, host), name)
			}
		}
	})
	return name
}

// RemoveSandbox removes a sandbox with its volumes, now and at the end of the test, so that the test begins and leaves
// nothing.
func RemoveSandbox(t testing.TB, e *Engine, name string) {
	t.Helper()
	clean := func() {
		cli := dial(t, e.Host)
		ctx := context.Background()
		_ = cli.ContainerRemove(ctx, "berth-"+name, container.RemoveOptions{Force: true})
		_ = cli.NetworkRemove(ctx, "berth-"+name)
		for _, role := range []string{"session", "config", "projects"} {
			if name != "default" {
				role += "-" + name
			}
			_ = cli.VolumeRemove(ctx, "opencode-"+role, true)
		}
		_ = cli.VolumeRemove(ctx, "berth-spec-"+name, true) // what it was, where its container was removed
		_, _ = cli.ImageRemove(ctx, "berth/kept:"+name+"-was", image.RemoveOptions{})
	}
	clean()
	t.Cleanup(clean)
}

// removeNamed removes what has that text in its name, and the containers that use such a volume whatever their names are: a
// helper has none of its own choosing. It asks until nothing is left, since a container that somebody else removes just now
// still holds its volumes, and what stays fails the test that left it, not the whole run at its end.
func removeNamed(t testing.TB, cli *client.Client, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		left, err := removeOnce(ctx, cli, name)
		if err == nil && len(left) == 0 {
			return
		}
		select {
		case <-ctx.Done():
			t.Errorf("clean up after %s: left behind: %s (%v)", name, strings.Join(left, ", "), err)
			return
		case <-tick.C:
		}
	}
}

// removeOnce asks for the removal of all with that text in its name, and tells what there was that is not gone for certain.
func removeOnce(ctx context.Context, cli *client.Client, name string) (left []string, err error) {
	var errs []error
	failed := func(what string, err error) {
		if err != nil && !errdefs.IsNotFound(err) {
			left, errs = append(left, what), append(errs, err)
		}
	}
	list, err := cli.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return nil, err
	}
	uses := func(m container.MountPoint) bool { return strings.Contains(m.Name, name) }
	for _, c := range list {
		named := len(c.Names) > 0 && strings.Contains(c.Names[0], name)
		if named || slices.ContainsFunc(c.Mounts, uses) {
			failed("container "+c.ID, cli.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true, RemoveVolumes: true}))
		}
	}
	volumes, err := cli.VolumeList(ctx, volume.ListOptions{})
	if err != nil {
		return nil, err
	}
	for _, v := range volumes.Volumes {
		if strings.Contains(v.Name, name) {
			failed("volume "+v.Name, cli.VolumeRemove(ctx, v.Name, true))
		}
	}
	networks, err := cli.NetworkList(ctx, network.ListOptions{})
	if err != nil {
		return nil, err
	}
	for _, n := range networks {
		if strings.Contains(n.Name, name) {
			failed("network "+n.Name, cli.NetworkRemove(ctx, n.ID))
		}
	}
	_, _ = cli.ImageRemove(ctx, "berth/kept:"+name+"-was", image.RemoveOptions{}) // one that stays is swept by the next Berth
	return left, errors.Join(errs...)
}

// Containers are the names of all containers with that text in theirs, running or not.
func (e *Engine) Containers(t testing.TB, name string) []string {
	t.Helper()
	list, err := e.Client.ContainerList(t.Context(), container.ListOptions{All: true})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range list {
		if len(c.Names) > 0 && strings.Contains(c.Names[0], name) {
			names = append(names, c.Names[0])
		}
	}
	return names
}

// Slow skips a test that takes more than ten seconds or so, unless all are wanted: go test without -short, make test-all. One or two of
// each operation do not call it.
func Slow(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes long: make test-all runs it")
	}
}

// Eventually waits until ok says yes, and fails the test when it does not within the limit.
func Eventually(t testing.TB, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline.C:
			t.Fatalf("waited %v for %s", limit, what)
		case <-tick.C:
		}
	}
}
