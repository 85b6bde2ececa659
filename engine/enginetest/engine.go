package enginetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
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
	}
	clean()
	t.Cleanup(clean)
}

// removeNamed removes what has that text in its name; what is gone already is fine.
func removeNamed(t testing.TB, cli *client.Client, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	list, err := cli.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		t.Logf("clean up after %s: %v", name, err)
		return
	}
	for _, c := range list {
		if len(c.Names) > 0 && strings.Contains(c.Names[0], name) {
			_ = cli.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true, RemoveVolumes: true})
		}
	}
	if volumes, err := cli.VolumeList(ctx, volume.ListOptions{}); err == nil {
		for _, v := range volumes.Volumes {
			if strings.Contains(v.Name, name) {
				_ = cli.VolumeRemove(ctx, v.Name, true)
			}
		}
	}
	if networks, err := cli.NetworkList(ctx, network.ListOptions{}); err == nil {
		for _, n := range networks {
			if strings.Contains(n.Name, name) {
				_ = cli.NetworkRemove(ctx, n.ID)
			}
		}
	}
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
