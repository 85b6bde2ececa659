package engine

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/docker/docker/api/types/container"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/image"
	"berth/engine/logs"
	"berth/engine/sandbox"
	"berth/engine/task"
)

func TestNothingIsLostWhenASandboxIsRemovedAndStartedAgain(t *testing.T) {
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

func TestAnEngineKilledDuringThePullIsTakenUpAgainByItself(t *testing.T) {
	shared := enginetest.Shared(t)
	ref := manyLayers(t, shared)
	private := enginetest.Private(t)
	e := open(t, private.Host, pulled(ref))
	name := enginetest.Name(t)
	id := e.Start(name)
	enginetest.Eventually(t, 2*time.Minute, "the download to be under way", func() bool {
		for _, v := range e.Snapshot().Tasks {
			if v.Kind == task.Pull && v.Current > 1<<20 {
				return true
			}
		}
		return false
	})
	private.Kill()
	enginetest.Eventually(t, 20*time.Second, "the loss to be noticed", func() bool { return e.Snapshot().Engine.Phase == connect.Lost })
	private.Start()
	mustFinish(t, e, id)
	waitHealthy(t, e, name)
	pull := lastOf(e, task.Pull)
	if pull.Attempt < 2 || len(pull.Steps) < 20 {
		t.Errorf("the pull needed %d attempts and has %d layers", pull.Attempt, len(pull.Steps))
	}

	// The same once more while the log is followed and the sandbox runs.
	e.Look(true, name)
	enginetest.Eventually(t, 20*time.Second, "the log to be there", func() bool { n, _ := e.Log(name).Size(); return n > 0 })
	private.Kill()
	private.Start()
	enginetest.Eventually(t, 30*time.Second, "the engine to be connected again", func() bool {
		s := e.Snapshot()
		return s.Engine.Phase == connect.Connected && s.Listed
	})
	mustFinish(t, e, e.Restart(name))
	waitHealthy(t, e, name)
	enginetest.Eventually(t, 30*time.Second, "the log to go on in its place", func() bool { return count(e, name, "listening") >= 2 })
	lines, _, dropped := e.Log(name).Since(0, 1000)
	for i := 1; i < len(lines); i++ {
		if lines[i].Seq != lines[i-1].Seq+1 || lines[i].Stream != logs.Meta && lines[i].Text == lines[i-1].Text && lines[i].Time.Equal(lines[i-1].Time) {
			t.Errorf("line %d is there twice or one is missing: %+v", i, lines[i])
		}
	}
	if dropped != 0 {
		t.Errorf("%d lines fell out", dropped)
	}
}

func count(e *Engine, name, text string) int {
	lines, _, _ := e.Log(name).Since(0, 1000)
	n := 0
	for _, l := range lines {
		if strings.Contains(l.Text, text) {
			n++
		}
	}
	return n
}

func lastOf(e *Engine, kind task.Kind) task.View {
	for _, v := range e.Snapshot().Tasks {
		if v.Kind == kind {
			return v
		}
	}
	return task.View{}
}

// manyLayers puts an image with opencode and twenty more layers into the registry.
func manyLayers(t *testing.T, of *enginetest.Engine) string {
	t.Helper()
	ref := enginetest.Registry(t) + "/" + enginetest.Name(t) + ":1"
	local := "localhost/" + enginetest.Name(t) + ":1"
	dockerfile := "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nUSER root\n"
	for n := range 20 {
		dockerfile += "RUN head -c 300000 /dev/urandom > /layer-" + strconv.Itoa(n) + "\n"
	}
	pin, _ := image.PinFor("amd64")
	runner := task.NewRunner(func() {}, nil)
	t.Cleanup(runner.Close)
	base := ensureBuilt(t, of)
	one := runner.Go(task.Options{Title: "build"}, func(ctx context.Context, own *task.Task) error {
		_, err := image.Build(ctx, of.Client, own, image.BuildOptions{
			Tag: local, Pin: pin, URL: "http://127.0.0.1/unused", BaseImage: base,
			Files: fstest.MapFS{"Dockerfile": {Data: []byte(dockerfile)}}, DockerConfig: t.TempDir(),
		})
		return err
	})
	if err := one.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeImage(of.Client, local) })
	enginetest.Push(t, of, local, ref)
	return ref
}

func TestAnEngineKilledDuringTheBuildIsTakenUpAgainByItself(t *testing.T) {
	private := enginetest.Private(t)
	e := open(t, private.Host, nil)
	name := enginetest.Name(t)
	id := e.Start(name)
	enginetest.Eventually(t, 2*time.Minute, "the build to be under way", func() bool {
		v := lastOf(e, task.Build)
		return v.ID != 0 && v.LogLines > 20
	})
	private.Kill()
	private.Start()
	mustFinish(t, e, id)
	waitHealthy(t, e, name)
	if v := lastOf(e, task.Build); v.Attempt < 2 {
		t.Errorf("the build needed %d attempts", v.Attempt)
	}
}

func TestAPortTakenByAnotherProgramIsAnsweredByTheNext(t *testing.T) {
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	port := taken.Addr().(*net.TCPAddr).Port
	e := open(t, of.Host, func(s *config.Settings) { s.Sandbox.Port = port })
	name := enginetest.Name(t)
	mustFinish(t, e, e.Start(name))
	s := waitHealthy(t, e, name)
	if s.Spec.Port <= port || !strings.HasSuffix(s.Address, ":"+strconv.Itoa(s.Spec.Port)) {
		t.Errorf("port %d was taken; the spec says %d and the address %s", port, s.Spec.Port, s.Address)
	}
	if !slices.ContainsFunc(e.Snapshot().Notices, func(n Notice) bool {
		return n.Subject == name && strings.Contains(n.Text, strconv.Itoa(port)) && strings.Contains(n.Text, strconv.Itoa(s.Spec.Port))
	}) {
		t.Errorf("nobody was told: %+v", e.Snapshot().Notices)
	}
	if list, err := of.Client.ContainerList(t.Context(), container.ListOptions{All: true}); err != nil || slices.ContainsFunc(list, func(c container.Summary) bool {
		return slices.Contains(c.Names, "/berth-"+name+".old")
	}) {
		t.Errorf("the container that was set aside is still there (%v)", err)
	}
}

func TestABrokenConfigurationIsSaid(t *testing.T) {
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	for name, c := range map[string]struct {
		file  string
		state sandbox.State
	}{
		"its own ends it":                         {"~/.config/opencode/opencode.jsonc", sandbox.Stopped},
		"a project's leaves its health as it was": {"/workspace/opencode.json", sandbox.Unhealthy},
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t, of.Host, nil)
			name := enginetest.Name(t)
			mustFinish(t, e, e.Start(name))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var session struct{ ID string }
			client := ask(t, e, name)
			request(ctx, t, client, http.MethodPost, "/session"+inWorkspace, map[string]any{}, &session)
			request(ctx, t, client, http.MethodPost, "/session/"+session.ID+"/shell"+inWorkspace,
				map[string]any{"agent": "build", "command": "echo '{ \"model\": ' > " + c.file}, nil)
			v := finish(t, e, e.Restart(name))
			if !errors.Is(v.Err, fault.Unhealthy) || !strings.Contains(v.Err.Error(), "opencode.json") || !strings.Contains(v.Err.Error(), "configuration is broken") {
				t.Errorf("the restart ends with %v: %q", v.Err, fault.From("", v.Err).Log)
			}
			s := waitFor(t, e, name, string(c.state), func(s Sandbox) bool {
				return s.State == c.state || c.state == sandbox.Stopped && s.State == sandbox.Exited
			})
			if s.Err == nil {
				t.Error("the window is not told why")
			}
		})
	}
}

func TestStopEndsAStartThatIsUnderWay(t *testing.T) {
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	start := e.Start(name)
	if again := e.Start(name); again != start {
		t.Errorf("the same command twice is two tasks, %d and %d", start, again)
	}
	enginetest.Eventually(t, 30*time.Second, "the container to run", func() bool {
		return slices.ContainsFunc(e.Snapshot().Sandboxes, func(s Sandbox) bool { return s.Name == name && s.State == sandbox.Starting })
	})
	stop := e.Stop(name)
	if v := finish(t, e, start); v.State != task.Cancelled {
		t.Errorf("the start ended as %s", v.State)
	}
	mustFinish(t, e, stop)
	waitFor(t, e, name, "stopped", func(s Sandbox) bool { return s.State == sandbox.Stopped })
}

func TestAStartWithoutAnEngineWaitsForOneAndCanBeCancelled(t *testing.T) {
	e := open(t, "unix:///nonexistent/engine.sock", nil)
	id := e.Start("default")
	enginetest.Eventually(t, 10*time.Second, "the diagnosis", func() bool {
		s := e.Snapshot()
		return s.Engine.Err != nil && len(s.Tasks) == 1 && s.Tasks[0].Detail == "waiting for an engine"
	})
	if kind := e.Snapshot().Engine.Err.Kind; kind != fault.NoEngine && kind != fault.NotRunning {
		t.Errorf("the diagnosis is %s", kind)
	}
	e.Cancel(id)
	if v := finish(t, e, id); v.State != task.Cancelled {
		t.Errorf("it ended as %s: %v", v.State, v.Err)
	}
	if v := finish(t, e, e.Stop("default")); !errors.Is(v.Err, e.Snapshot().Engine.Err.Kind) {
		t.Errorf("a stop without an engine says %v", v.Err)
	}
}

func TestABadNameIsRefusedBeforeAnythingIsDone(t *testing.T) {
	e := open(t, "unix:///nonexistent/engine.sock", nil)
	if v := finish(t, e, e.Start("A b")); !errors.Is(v.Err, fault.BadInput) {
		t.Errorf("got %v", v.Err)
	}
}
