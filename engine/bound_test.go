package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"

	"berth/engine/connect"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
)

// toBoth gives an engine layer whose engine is reached through a gate, and the other way to it. The two ways stand for two engines:
// what is kept is kept by the way.
func toBoth(t *testing.T) (e *Engine, of *enginetest.Engine, first *enginetest.Gate, second string) {
	t.Helper()
	of = enginetest.Shared(t)
	first = enginetest.NewGate(t, of.Host)
	e = open(t, first.Host, nil)
	return e, of, first, of.Host
}

// choose chooses another engine and waits until it is in use.
func choose(t *testing.T, e *Engine, host string) {
	t.Helper()
	e.Choose(host)
	enginetest.Eventually(t, longest, "the other engine", func() bool {
		ready := e.ready.Load()
		return ready != nil && ready.endpoint.Key() == (connect.Endpoint{Host: host}).Key()
	})
}

// While a sandbox is made, the person chooses another engine. It is made where it was begun, with the secrets of there.
func TestWhatIsBegunOnOneEngineEndsThereThoughAnotherIsChosen(t *testing.T) {
	e, of, gate, second := toBoth(t)
	ensureBuilt(t, of)
	name := enginetest.Name(t)
	kept := e.opts.Secrets.(*memory)
	enginetest.Eventually(t, longest, "an engine", func() bool { return e.ready.Load() != nil })
	here := e.bind(t.Context())
	gate.Before(func(request string) bool {
		return strings.HasPrefix(request, "POST ") && strings.HasSuffix(request, "/networks/create")
	}, func() { choose(t, e, second) })
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name}))
	there := e.bind(t.Context())
	if e.passwordName(here, name) == e.passwordName(there, name) {
		t.Fatalf("both engines keep the password as %q", e.passwordName(here, name))
	}
	found, err := sandbox.Find(t.Context(), of.Client, name)
	if err != nil || found == nil {
		t.Fatalf("found %v, %v", found, err)
	}
	knows, err := knowsOf(found)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := kept.Get(here, e.passwordName(here, name)); err != nil || got != found.Password(knows) {
		t.Errorf("where it was begun its password is not kept: %v", err)
	}
	if _, err := kept.Get(there, e.passwordName(there, name)); err == nil {
		t.Error("the other engine keeps a password of that name")
	}
}

func TestATaskDoesNotGoOnOnAnotherEngine(t *testing.T) {
	e, _, _, second := toBoth(t)
	enginetest.Eventually(t, longest, "an engine", func() bool { return e.ready.Load() != nil })
	chosen := make(chan struct{})
	one := e.begin(task.Options{Title: "test"}, func(ctx context.Context, own *task.Task) error {
		<-chosen
		_, err := e.awaitDaemon(ctx, own)
		return err
	})
	choose(t, e, second)
	close(chosen)
	v := finish(t, e, one.ID())
	var why *fault.Error
	if !errors.As(v.Err, &why) || why.Kind != fault.NoEngine || why.Remedy == "" {
		t.Errorf("it ended as %s with %v", v.State, v.Err)
	}
	// Chosen again, it can be done.
	mustFinish(t, e, e.begin(task.Options{Title: "test"}, func(ctx context.Context, own *task.Task) error {
		_, err := e.awaitDaemon(ctx, own)
		return err
	}).ID())
}

// What is known of a sandbox is not taken for known of another engine's of the same name.
func TestWhatIsKnownOfOneEnginesSandboxesIsNotSaidOfAnothers(t *testing.T) {
	e, _, _, second := toBoth(t)
	enginetest.Eventually(t, longest, "an engine", func() bool { return e.ready.Load() != nil })
	ring := e.Log("x")
	e.setFailed(e.newBound(), "x", 1, fault.New(fault.Unknown, "test", "test"))
	e.mu.Lock()
	e.sizes["opencode-session-x"] = measuredSize{}
	e.history["x"] = []Moment{{}}
	e.mu.Unlock()
	before := e.newBound()
	choose(t, e, second)
	e.setFailed(before, "y", 2, fault.New(fault.Unknown, "test", "it failed on the engine before"))
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.sizes)+len(e.failed) > 0 || e.history["x"] != nil || e.Log("x") == ring {
		t.Errorf("sizes %v, failures %v, history %v, the same log %v", e.sizes, e.failed, e.history["x"], e.Log("x") == ring)
	}
}

// While the engine that was chosen does not answer, the sandboxes of the one before are not shown as its own.
func TestAnEngineThatDoesNotAnswerIsNotShownWithAnothersSandboxes(t *testing.T) {
	e, of, _, _ := toBoth(t)
	name := enginetest.Name(t)
	c, err := of.Client.ContainerCreate(t.Context(), &container.Config{
		Image: enginetest.BaseImage, Cmd: []string{"true"}, Labels: map[string]string{sandbox.LabelName: name},
	}, nil, nil, nil, sandbox.ContainerName(name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { enginetest.RemoveSandbox(t, of, name) })
	there := func() bool {
		return slices.ContainsFunc(e.Snapshot().Sandboxes, func(s Sandbox) bool { return s.ContainerID == c.ID })
	}
	enginetest.Eventually(t, longest, "the sandbox", there)
	e.Choose("unix://" + t.TempDir() + "/nobody.sock")
	enginetest.Eventually(t, longest, "no sandbox of the engine before", func() bool { return len(e.Snapshot().Sandboxes) == 0 })
	enginetest.Eventually(t, longest, "the reason", func() bool { return e.Snapshot().Engine.Err != nil })
	if there() {
		t.Error("it is shown again")
	}
}

// Two sandboxes of one name on two engines do not wait for one another.
func TestACommandWaitsOnlyForThoseOfItsOwnEngine(t *testing.T) {
	e, _, _, second := toBoth(t)
	enginetest.Eventually(t, longest, "an engine", func() bool { return e.ready.Load() != nil })
	release := make(chan struct{})
	slow := e.command(task.Edit, "x", "slow", func(context.Context, *task.Task) error {
		<-release
		return nil
	})
	choose(t, e, second)
	mustFinish(t, e, e.command(task.Stop, "x", "quick", func(context.Context, *task.Task) error { return nil }))
	if busy := e.latest.busy("x", e.super.Status().Endpoint); busy != nil {
		t.Errorf("%s is taken for one of the engine in use", busy.View().Title)
	}
	close(release)
	mustFinish(t, e, slow)
}
