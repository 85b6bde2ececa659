package image

import (
	"context"
	"testing"

	"berth/engine/enginetest/leak"
	"berth/engine/fault"
	"berth/engine/task"
)

func TestMain(m *testing.M) {
	leak.Main(m,
		// BuildKit's client ends its status stream three seconds after a build at the latest, by a goroutine that sleeps.
		"github.com/moby/buildkit/client.(*Client).solve.func2.1.1",
	)
}

// running starts do as a task, which the test's end cancels and waits for.
func running(t testing.TB, do func(ctx context.Context, own *task.Task) error) *task.Task {
	t.Helper()
	r := task.NewRunner(func() {}, nil)
	t.Cleanup(r.Close)
	return r.Go(task.Options{Kind: task.Pull, Title: t.Name()}, do)
}

// run runs do as a task to its end and gives the task.
func run(t testing.TB, do func(ctx context.Context, own *task.Task) error) *task.Task {
	t.Helper()
	one := running(t, do)
	<-one.Done()
	return one
}

// step gives the view of the step of that id.
func step(t testing.TB, v task.View, id string) task.StepView {
	t.Helper()
	for _, s := range v.Steps {
		if s.ID == id {
			return s
		}
	}
	t.Fatalf("no step %q among %+v", id, v.Steps)
	return task.StepView{}
}

// wantKind fails the test unless err is of that kind and says what failed and what to do.
func wantKind(t testing.TB, err error, kind fault.Kind) *fault.Error {
	t.Helper()
	e := fault.From("", err)
	if e == nil || e.Kind != kind {
		t.Fatalf("got %v (%s), want kind %s", err, fault.KindOf(err), kind)
	}
	if e.Op == "" || e.Cause() == "" {
		t.Errorf("the error does not say what failed and why: %+v", e)
	}
	return e
}
