package logs

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
)

const baseImage = "debian:bookworm-slim"

// shared is the engine all tests share.
func shared(t testing.TB) *client.Client {
	t.Helper()
	host := os.Getenv("BERTH_TEST_HOST")
	if host == "" {
		t.Skip("needs a real engine: run `make test`")
	}
	return dial(t, host)
}

func dial(t testing.TB, host string) *client.Client {
	t.Helper()
	cli, err := client.NewClientWithOpts(client.WithHost(host), client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cli.Close() })
	return cli
}

// privateEngine is a daemon of one test's own.
type privateEngine struct {
	*client.Client
	t    testing.TB
	dir  string
	host string
	cmd  *exec.Cmd
}

// private starts a daemon without networks, with the base image of the shared one.
func private(t testing.TB) *privateEngine {
	t.Helper()
	from := shared(t)
	if os.Getuid() != 0 {
		t.Skip("a daemon of its own needs root")
	}
	dir, err := os.MkdirTemp("", "berth-logs-")
	if err != nil {
		t.Fatal(err)
	}
	e := &privateEngine{t: t, dir: dir, host: "unix://" + filepath.Join(dir, "s.sock")}
	t.Cleanup(func() {
		_ = exec.Command("umount", filepath.Join(dir, "data")).Run() // a daemon leaves its bind mount behind
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	e.Client = dial(t, e.host)
	e.Start()
	t.Cleanup(e.Stop)
	saved, err := from.ImageSave(t.Context(), []string{baseImage})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = saved.Close() }()
	loaded, err := e.ImageLoad(t.Context(), saved)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = loaded.Body.Close() }()
	if _, err := fmt.Fscan(loaded.Body, new(string)); err != nil {
		t.Fatal(err)
	}
	until(t, "the image is there", func() bool {
		all, err := e.ImageList(t.Context(), image.ListOptions{})
		return err == nil && len(all) > 0 && len(all[0].RepoTags) > 0
	})
	return e
}

func (e *privateEngine) Start() {
	e.t.Helper()
	at := func(name string) string { return filepath.Join(e.dir, name) }
	_ = os.Remove(at("pid"))
	// A killed daemon takes its containerd along; where nobody reaps that, the pid in this file still seems to run.
	_ = os.Remove(at("exec/containerd/containerd.pid"))
	e.cmd = exec.Command("dockerd", "--data-root", at("data"), "--exec-root", at("exec"), "--pidfile", at("pid"),
		"-H", e.host, "--bridge", "none", "--iptables=false")
	if err := e.cmd.Start(); err != nil {
		e.t.Fatal(err)
	}
	until(e.t, "the engine answers", func() bool { _, err := e.Ping(context.Background()); return err == nil })
}

func (e *privateEngine) Kill() {
	_ = e.cmd.Process.Kill()
	_ = e.cmd.Wait()
}

func (e *privateEngine) Stop() {
	if all, err := e.ContainerList(context.Background(), container.ListOptions{All: true}); err == nil {
		for _, c := range all {
			_ = e.ContainerRemove(context.Background(), c.ID, container.RemoveOptions{Force: true})
		}
	}
	_ = e.cmd.Process.Signal(os.Interrupt)
	_ = e.cmd.Wait()
}

// until waits for a condition.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(60 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("waited in vain until %s", what)
		case <-tick.C:
		}
	}
}

// create makes a container that runs a script, and removes it in the end.
func create(t testing.TB, cli *client.Client, script string, change ...func(*container.Config, *container.HostConfig)) string {
	t.Helper()
	config := &container.Config{Image: baseImage, Cmd: []string{"bash", "-c", script}}
	host := &container.HostConfig{NetworkMode: "none"}
	for _, f := range change {
		f(config, host)
	}
	c, err := cli.ContainerCreate(t.Context(), config, host, nil, nil, "t-"+rand.Text()[:8])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cli.ContainerRemove(context.Background(), c.ID, container.RemoveOptions{Force: true, RemoveVolumes: true})
	})
	return c.ID
}

func start(t testing.TB, cli *client.Client, id string) {
	t.Helper()
	if err := cli.ContainerStart(t.Context(), id, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
}
