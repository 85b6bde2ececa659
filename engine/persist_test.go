package engine

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/config"
	"berth/engine/enginetest"
	"berth/engine/sandbox"
	"berth/engine/task"
)

func TestNothingIsLostWhenASandboxIsRemovedAndStartedAgain(t *testing.T) {
	enginetest.Slow(t)
	t.Run("Docker", func(t *testing.T) { persists(t, enginetest.Shared(t), nil) })
	t.Run("Podman", func(t *testing.T) { persists(t, enginetest.Podman(t), nil) })
	t.Run("an image without the directories", func(t *testing.T) {
		of := enginetest.Shared(t)
		persists(t, of, pulled(bare(t, of)))
	})
	t.Run("an image without the directories, Podman", func(t *testing.T) {
		of := enginetest.Podman(t)
		persists(t, of, pulled(bare(t, of)))
	})
	hardened := func(s *config.Settings) { s.Sandbox.Hardened = true }
	t.Run("hardened", func(t *testing.T) { persists(t, enginetest.Shared(t), hardened) })
	t.Run("hardened, Podman", func(t *testing.T) { persists(t, enginetest.Podman(t), hardened) })
}

// pulled are settings that take the image from references.
func pulled(references ...string) func(*config.Settings) {
	return func(s *config.Settings) { s.Image.Source, s.Image.References = config.SourcePull, references }
}

// persists starts a sandbox, leaves a session, a key and a file in it, removes the container, starts it again and looks for
// all three. It also looks that nobody gets in without the password.
func persists(t *testing.T, of *enginetest.Engine, change func(*config.Settings)) {
	e := open(t, of.Host, change)
	name := enginetest.Name(t)
	v := mustFinish(t, e, e.Start(name))
	if !strings.Contains(v.Detail, "is ready at 127.0.0.1:") {
		t.Errorf("the start ends with the words %q", v.Detail)
	}
	s := waitHealthy(t, e, name)
	if s.Version == "" || s.Address == "" || len(s.Badges) != 0 {
		t.Errorf("sandbox %+v", s)
	}
	wantStatus(t, s.Address, http.StatusUnauthorized)
	opensOnce(t, e, name)
	left := leaveSomething(t, ask(t, e, name))

	mustFinish(t, e, e.Remove(name))
	enginetest.Eventually(t, 10*time.Second, "the sandbox to be gone", func() bool {
		return !slices.ContainsFunc(e.Snapshot().Sandboxes, func(s Sandbox) bool { return s.Name == name })
	})
	if _, err := of.Client.NetworkInspect(t.Context(), "berth-"+name, network.InspectOptions{}); err == nil {
		t.Error("the network was left behind")
	}
	mustFinish(t, e, e.Start(name))
	waitHealthy(t, e, name)
	left.find(t, ask(t, e, name))

	stopped := mustFinish(t, e, e.Stop(name))
	if stopped.Detail != "stopped" {
		t.Errorf("the stop ends with the words %q", stopped.Detail)
	}
	end := waitFor(t, e, name, "stopped", func(s Sandbox) bool { return s.State == sandbox.Stopped })
	if end.ExitCode != 143 {
		t.Errorf("it ended with %d, want 143", end.ExitCode)
	}
	mustFinish(t, e, e.Restart(name))
	waitHealthy(t, e, name)
	left.find(t, ask(t, e, name))
}

func wantStatus(t *testing.T, address string, want int) {
	t.Helper()
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get("http://" + address + agent.V1.HealthPath)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != want {
		t.Errorf("without the password %s answers %d, want %d", address, res.StatusCode, want)
	}
}

// opensOnce follows the address that the browser gets, as a browser does, and then once more as a snooper would.
func opensOnce(t *testing.T, e *Engine, name string) {
	t.Helper()
	ticket, err := e.OpenURL(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(ticket, "auth_token") {
		t.Error("the address for the browser's command line holds the secret")
	}
	browser := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := browser.Get(ticket)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Request.URL.Query().Get("auth_token") == "" {
		t.Errorf("the browser ends with %d", res.StatusCode)
	}
	if res, err := browser.Get(ticket); err == nil {
		_ = res.Body.Close()
		if res.StatusCode == http.StatusOK {
			t.Error("the address works twice")
		}
	}
}

// things are what was left in a sandbox.
type things struct{ session, file string }

const inWorkspace = "?directory=/workspace"

// inUse waits until a sandbox that is just made or started is healthy, and leaves something in it.
func inUse(t *testing.T, e *Engine, name string, made task.ID) (Sandbox, things) {
	t.Helper()
	mustFinish(t, e, made)
	s := waitHealthy(t, e, name)
	return s, leaveSomething(t, ask(t, e, name))
}

// leaveSomething makes a session, runs a command in it that writes a file, and stores a provider's key.
func leaveSomething(t *testing.T, c *agent.Client) things {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var session struct{ ID string }
	request(ctx, t, c, http.MethodPost, "/session"+inWorkspace, map[string]any{"title": "kept"}, &session)
	mark := "mark-" + session.ID
	request(ctx, t, c, http.MethodPost, "/session/"+session.ID+"/shell"+inWorkspace,
		map[string]any{"agent": "build", "command": "echo " + mark + " > /workspace/kept.txt"}, nil)
	request(ctx, t, c, http.MethodPut, "/auth/kept", map[string]any{"type": "api", "key": "key-" + mark}, nil)
	return things{session: session.ID, file: mark}
}

// find looks for what was left.
func (l things) find(t *testing.T, c *agent.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var sessions []struct{ ID, Title string }
	request(ctx, t, c, http.MethodGet, "/session"+inWorkspace, nil, &sessions)
	if !slices.ContainsFunc(sessions, func(s struct{ ID, Title string }) bool { return s.ID == l.session && s.Title == "kept" }) {
		t.Errorf("the session %s is not among %v", l.session, sessions)
	}
	var answer any
	request(ctx, t, c, http.MethodPost, "/session/"+l.session+"/shell"+inWorkspace, map[string]any{
		"agent": "build", "command": "cat /workspace/kept.txt; grep -o 'key-mark-[A-Za-z0-9_]*' ~/.local/share/opencode/auth.json; stat -c 'mode %a' ~/.local/share/opencode/auth.json",
	}, &answer)
	text := flatten(answer)
	for _, want := range []string{l.file, "key-" + l.file, "mode 600"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in what the sandbox has: %s", want, text)
		}
	}
}

// flatten is all text in an answer.
func flatten(v any) string {
	switch v := v.(type) {
	case string:
		return v + "\n"
	case []any:
		var all strings.Builder
		for _, one := range v {
			all.WriteString(flatten(one))
		}
		return all.String()
	case map[string]any:
		var all strings.Builder
		for _, one := range v {
			all.WriteString(flatten(one))
		}
		return all.String()
	}
	return ""
}

func request(ctx context.Context, t *testing.T, c *agent.Client, method, path string, in, out any) {
	t.Helper()
	if err := c.Request(ctx, method, path, in, out); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
}

// bare makes an image that has opencode and none of its directories, and runs as root: what the official one is like.
func bare(t *testing.T, of *enginetest.Engine) string {
	t.Helper()
	ctx := t.Context()
	built := ensureBuilt(t, of)
	name := enginetest.Name(t)
	made, err := of.Client.ContainerCreate(ctx, &container.Config{
		Image: built, User: "0:0", Entrypoint: []string{"rm", "-rf"}, Cmd: []string{"/home/opencode", "/workspace"}, WorkingDir: "/",
	}, nil, nil, nil, name)
	if err != nil {
		t.Fatal(err)
	}
	ended, failed := of.Client.ContainerWait(ctx, made.ID, container.WaitConditionNextExit)
	if err := of.Client.ContainerStart(ctx, made.ID, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-failed:
		t.Fatal(err)
	case <-ended:
	}
	ref := "localhost/" + name + ":1"
	if _, err := of.Client.ContainerCommit(ctx, made.ID, container.CommitOptions{
		Reference: ref, Config: &container.Config{}, Changes: []string{"USER root", "WORKDIR /", `ENTRYPOINT ["tini", "-s", "--", "opencode"]`},
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeImage(of.Client, ref) })
	return ref
}

func removeImage(cli *client.Client, ref string) {
	_, _ = cli.ImageRemove(context.Background(), ref, dockerimage.RemoveOptions{Force: true})
}
