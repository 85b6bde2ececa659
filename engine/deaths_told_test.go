package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	dockervolume "github.com/docker/docker/api/types/volume"

	"berth/engine/enginetest"
	"berth/engine/sandbox"
	"berth/engine/task"
)

// between are the sandboxes that a death left between two states, of which the next Berth has to say what it made of them. Not
// among them are those of which only a helper is left, or the rest of a rollback point that was let go: nothing came of that.
func (w *deathWorld) between(t *testing.T) []string {
	t.Helper()
	var all []string
	list, err := w.of.Client.ContainerList(t.Context(), container.ListOptions{All: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if sandbox.SetAside(strings.TrimPrefix(c.Names[0], "/")) || c.State == "paused" {
			all = append(all, c.Labels[sandbox.LabelName])
		}
	}
	volumes, err := w.of.Client.VolumeList(t.Context(), dockervolume.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range volumes.Volumes {
		if mark := v.Labels[sandbox.LabelMark]; mark != "" && mark != "point" && mark != "spec" {
			all = append(all, v.Labels[sandbox.LabelName])
		}
	}
	return slices.DeleteFunc(all, func(name string) bool { return name != w.name && name != w.to })
}

// wantTold fails when a Berth says nothing of those sandboxes, neither in a notice nor by a task that finishes a change.
func wantTold(t *testing.T, e *Engine, names []string) {
	t.Helper()
	for _, name := range names {
		enginetest.Eventually(t, 30*time.Second, "what became of "+name+" to be told", func() bool {
			return len(told(e, name+": ")) > 0 ||
				slices.ContainsFunc(e.Snapshot().Tasks, func(v task.View) bool { return v.Title == "Finishing the change of "+name })
		})
	}
}
