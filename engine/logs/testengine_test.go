package logs

import (
	"io"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"berth/engine/enginetest"
)

// shared is the engine all tests share.
func shared(t testing.TB) *client.Client {
	t.Helper()
	return enginetest.Shared(t).Client
}

// private is an engine of this test's own, with the base image.
func private(t testing.TB) *enginetest.PrivateEngine {
	t.Helper()
	e := enginetest.Private(t)
	pull, err := e.Client.ImagePull(t.Context(), enginetest.BaseImage, image.PullOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pull.Close() }()
	if _, err := io.Copy(io.Discard, pull); err != nil {
		t.Fatal(err)
	}
	return e
}

// until waits for a condition.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	enginetest.Eventually(t, 60*time.Second, what, ok)
}

// create makes a container that runs a script; the end of the test removes it.
func create(t testing.TB, cli *client.Client, script string, change ...func(*container.Config, *container.HostConfig)) string {
	t.Helper()
	config := &container.Config{Image: enginetest.BaseImage, Cmd: []string{"bash", "-c", script}}
	host := &container.HostConfig{NetworkMode: "none"}
	for _, f := range change {
		f(config, host)
	}
	c, err := cli.ContainerCreate(t.Context(), config, host, nil, nil, enginetest.Name(t))
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

func start(t testing.TB, cli *client.Client, id string) {
	t.Helper()
	if err := cli.ContainerStart(t.Context(), id, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
}
