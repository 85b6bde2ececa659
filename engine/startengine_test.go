package engine

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/task"
)

// script writes a program for /bin/sh.
func script(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
}

// stopped opens an engine layer on a computer whose engine is installed and does not run; systemctl does what that script
// says, with the path of the engine's socket in $SOCKET.
func stopped(t *testing.T, systemctl string) *Engine {
	t.Helper()
	dir := t.TempDir()
	socket := filepath.Join(dir, "docker.sock")
	script(t, filepath.Join(dir, "dockerd-rootless.sh"), "exit 1")
	script(t, filepath.Join(dir, "systemctl"), "SOCKET="+socket+"\n"+systemctl)
	store, err := config.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	where := connect.Where{GOOS: "linux", Home: t.TempDir(), Env: func(name string) string {
		return map[string]string{"DOCKER_HOST": "unix://" + socket, "XDG_RUNTIME_DIR": dir, "PATH": dir}[name]
	}}
	e := Open(Options{Settings: store, Secrets: &memory{All: map[string]string{}}, Where: where, Log: slog.New(slog.NewTextHandler(logWriter{t}, nil))})
	t.Cleanup(e.Close)
	enginetest.Eventually(t, 10*time.Second, "the diagnosis", func() bool {
		err := e.Snapshot().Engine.Err
		return err != nil && err.Kind == fault.NotRunning && err.Action == fault.StartEngine
	})
	return e
}

func TestTheEngineIsStartedByTheCommandOfItsDiagnosis(t *testing.T) {
	of := enginetest.Shared(t)
	e := stopped(t, `echo "asked to $*"; ln -s `+strings.TrimPrefix(of.Host, "unix://")+` "$SOCKET"`)
	id := e.StartEngine()
	if again := e.StartEngine(); again != id {
		t.Errorf("asked twice, it is started by two tasks, %d and %d", id, again)
	}
	v := mustFinish(t, e, id)
	if !slices.ContainsFunc(e.TaskLog(id, "run"), func(l task.LogLine) bool { return l.Text == "asked to --user start docker" }) {
		t.Errorf("the command's own words are not in the log: %+v", e.TaskLog(id, ""))
	}
	if s := e.Snapshot(); s.Engine.Phase != connect.Connected || len(v.Steps) != 2 || v.Steps[1].State != task.StepDone {
		t.Errorf("engine %s, steps %+v", s.Engine.Phase, v.Steps)
	}
}

func TestACommandThatCannotStartTheEngineIsToldWithItsWords(t *testing.T) {
	e := stopped(t, `echo "Failed to connect to bus" >&2; exit 3`)
	v := finish(t, e, e.StartEngine())
	failure := fault.From("", v.Err)
	if failure.Kind != fault.NotRunning || !strings.Contains(failure.Why, "exit status 3") || failure.Command != "systemctl --user start docker" || failure.Remedy == "" {
		t.Errorf("got %+v", failure)
	}
	if !slices.Equal(failure.Log, []string{"Failed to connect to bus"}) {
		t.Errorf("its words: %q", failure.Log)
	}
}

func TestStartingTheEngineCanBeCancelled(t *testing.T) {
	for name, systemctl := range map[string]string{
		"while the command runs":         `echo begun; exec sleep 600`,
		"while its answer is waited for": `echo begun`,
	} {
		t.Run(name, func(t *testing.T) {
			e := stopped(t, systemctl)
			id := e.StartEngine()
			enginetest.Eventually(t, 10*time.Second, "the command to have begun", func() bool { return len(e.TaskLog(id, "run")) > 0 })
			began := time.Now()
			e.Cancel(id)
			if v := finish(t, e, id); v.State != task.Cancelled {
				t.Errorf("it ended as %s: %v", v.State, v.Err)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("that took %v", took)
			}
		})
	}
}

func TestNoEngineIsStartedWhereNoCommandIsKnown(t *testing.T) {
	e := open(t, "unix:///nonexistent/engine.sock", nil)
	enginetest.Eventually(t, 10*time.Second, "the diagnosis", func() bool { return e.Snapshot().Engine.Err != nil })
	if v := finish(t, e, e.StartEngine()); !errors.Is(v.Err, fault.BadInput) {
		t.Errorf("got %v", v.Err)
	}
}

func TestALineOfAnyLengthDoesNotBlockTheCommand(t *testing.T) {
	e := open(t, "unix:///nonexistent/engine.sock", nil)
	one := e.tasks.Go(task.Options{Title: "test"}, func(ctx context.Context, own *task.Task) error {
		return e.runRemedy(ctx, own, []string{"/bin/sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x; echo; echo after"}, "")
	})
	if v := finish(t, e, one.ID()); v.Err != nil {
		t.Error(v.Err)
	}
}
