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

	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/image"
	"berth/engine/logs"
	"berth/engine/sandbox"
	"berth/engine/task"
)

func TestAnEngineKilledDuringThePullIsTakenUpAgainByItself(t *testing.T) {
	enginetest.Slow(t)
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
	enginetest.Eventually(t, time.Minute, "the pull's attempts to be used up", func() bool { return lastOf(e, task.Pull).Detail == "waiting for an engine" })
	private.Start()
	mustFinish(t, e, id)
	waitHealthy(t, e, name)
	pull := lastOf(e, task.Pull)
	if len(pull.Steps) < 20 {
		t.Errorf("the pull has %d layers", len(pull.Steps))
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
	enginetest.Slow(t)
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
	enginetest.Slow(t)
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
			if !errors.Is(v.Err, fault.BrokenConfig) || !strings.Contains(v.Err.Error(), "opencode.json") || !strings.Contains(v.Err.Error(), "configuration is broken") {
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
