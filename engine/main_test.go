package engine

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"berth/engine/agent"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/enginetest"
	"berth/engine/enginetest/leak"
	"berth/engine/image"
	"berth/engine/sandbox"
	"berth/engine/task"
)

func TestMain(m *testing.M) {
	leak.Main(m,
		// BuildKit's client ends its status stream three seconds after a build at the latest, by a goroutine that sleeps.
		"github.com/moby/buildkit/client.(*Client).solve.func2.1.1",
		// The log's files are removed by one goroutine that never ends.
		"gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun",
	)
}

// The first start on an engine builds the image: a download of some hundred MB.
const longest = 10 * time.Minute

// memory is where these tests keep secrets.
type memory = enginetest.Secrets

// open opens an engine layer on that host with settings of its own.
func open(t testing.TB, host string, change func(*config.Settings)) *Engine {
	t.Helper()
	store, err := config.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		s := store.Settings()
		change(&s)
		if err := store.Save(s); err != nil {
			t.Fatal(err)
		}
	}
	where := connect.Where{Home: t.TempDir(), Env: func(name string) string {
		if name == "DOCKER_HOST" {
			return host
		}
		return ""
	}}
	e := Open(Options{Settings: store, Secrets: &memory{All: map[string]string{}}, Where: where, Log: slog.New(slog.NewTextHandler(logWriter{t}, nil))})
	t.Cleanup(e.Close)
	return e
}

// logWriter writes the app log to the test's.
type logWriter struct{ t testing.TB }

func (w logWriter) Write(p []byte) (int, error) {
	w.t.Logf("%s", p)
	return len(p), nil
}

// finish waits until a task is over and gives its view.
func finish(t testing.TB, e *Engine, id task.ID) task.View {
	t.Helper()
	one := e.tasks.Find(id)
	if one == nil {
		t.Fatalf("there is no task %d", id)
	}
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	_ = one.Wait(ctx) // the view has the error
	v := one.View()
	if !v.State.Over() {
		t.Fatalf("%s did not end: %+v", v.Title, v)
	}
	return v
}

// mustFinish is finish for a task that has to succeed.
func mustFinish(t testing.TB, e *Engine, id task.ID) task.View {
	t.Helper()
	v := finish(t, e, id)
	if v.Err != nil {
		for _, line := range e.TaskLog(id, "") {
			t.Log(line.Text)
		}
		t.Fatalf("%s: %v", v.Title, v.Err)
	}
	return v
}

// waitFor waits until the snapshot has a sandbox of which ok says yes, and gives it.
func waitFor(t testing.TB, e *Engine, name, what string, ok func(Sandbox) bool) Sandbox {
	t.Helper()
	var got Sandbox
	enginetest.Eventually(t, time.Minute, name+" to be "+what, func() bool {
		for _, s := range e.Snapshot().Sandboxes {
			if s.Name == name && ok(s) {
				got = s
				return true
			}
		}
		return false
	})
	return got
}

func waitHealthy(t testing.TB, e *Engine, name string) Sandbox {
	t.Helper()
	return waitFor(t, e, name, "healthy", func(s Sandbox) bool { return s.State == sandbox.Healthy })
}

// ask gives a client that is signed in to a sandbox's opencode.
func ask(t testing.TB, e *Engine, name string) *agent.Client {
	t.Helper()
	cli, err := e.daemon(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	client, err := e.clientOf(t.Context(), cli, name)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// ensureBuilt builds the sandbox image on an engine that has none, and gives its reference.
func ensureBuilt(t testing.TB, of *enginetest.Engine) string {
	t.Helper()
	e := open(t, of.Host, nil)
	one := e.tasks.Go(task.Options{Kind: task.Prepare, Title: "test"}, func(ctx context.Context, own *task.Task) error {
		_, err := e.ensureImage(ctx, own, "")
		return err
	})
	mustFinish(t, e, one.ID())
	pin, _ := image.PinFor(e.super.Status().Engine.Arch)
	return pin.Tag()
}
