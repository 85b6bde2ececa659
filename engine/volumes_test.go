package engine

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/volume"
)

func TestWhatBelongsToAnotherUserIsSaidAndRepaired(t *testing.T) {
	enginetest.Slow(t)
	t.Run("Docker", func(t *testing.T) { saidAndRepaired(t, enginetest.Shared(t)) })
	t.Run("Podman", func(t *testing.T) { saidAndRepaired(t, enginetest.Podman(t)) })
}

func saidAndRepaired(t *testing.T, of *enginetest.Engine) {
	ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	_, left := inUse(t, e, name, e.Start(name))
	mustFinish(t, e, e.Stop(name))
	before := mustInspect(t, of, sandbox.ContainerName(name)).State.StartedAt
	with, err := volume.NewCopier(t.Context(), of.Client, ensureBuilt(t, of))
	if err != nil {
		t.Fatal(err)
	}
	if err := with.Own(t.Context(), 0, 0, "test", volume.Name(agent.Session, name)); err != nil {
		t.Fatal(err)
	}
	v := finish(t, e, e.Start(name))
	var f *fault.Error
	if !errors.As(v.Err, &f) || f.Kind != fault.NotWritable || f.Action != fault.RepairOwnership || !strings.Contains(f.Why, ".local") {
		t.Errorf("the start ends with %v", v.Err)
	}
	if c := mustInspect(t, of, sandbox.ContainerName(name)); c.State.StartedAt != before {
		t.Error("it was started all the same")
	}
	mustFinish(t, e, e.Repair(name, false))
	mustFinish(t, e, e.Start(name))
	waitHealthy(t, e, name)
	left.find(t, ask(t, e, name))
}

func TestVolumesAreListedMeasuredAndBrowsed(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	mustFinish(t, e, e.Start(name))
	waitHealthy(t, e, name)
	leaveSomething(t, ask(t, e, name))
	mustFinish(t, e, e.Measure())
	mine := func() []Volume {
		all, err := e.Volumes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(all, func(v Volume) bool { return v.Sandbox != name })
	}
	all := mine()
	if len(all) != 3 || all[0].Role != agent.Session || all[0].Size < 10_000 || all[0].Measured.IsZero() || all[0].Orphan || !slices.Contains(all[0].UsedBy, "berth-"+name) {
		t.Errorf("its volumes are %+v", all)
	}
	files, err := e.Browse(t.Context(), name, agent.Projects, "")
	if err != nil || !slices.ContainsFunc(files, func(f File) bool { return f.Name == "kept.txt" && f.Size > 5 }) {
		t.Errorf("its projects hold %+v, %v", files, err)
	}
	path := filepath.Join(t.TempDir(), "out.txt")
	mustFinish(t, e, e.SaveFile(name, agent.Projects, "kept.txt", path))
	if text, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(text), "mark-") {
		t.Errorf("saved %q, %v", text, err)
	}
	mustFinish(t, e, e.Remove(name))
	enginetest.Eventually(t, 10*time.Second, "the volumes to be nobody's", func() bool { return mine()[0].Orphan })
	mustFinish(t, e, e.Start(name))
	enginetest.Eventually(t, 10*time.Second, "the volumes to be taken over", func() bool { return !mine()[0].Orphan })
}

// Names of sandboxes end in one another's, and the default one's is in none of its volumes.
func TestAVolumeBelongsToTheSandboxOfItsNameAlone(t *testing.T) {
	for _, c := range []struct {
		volume, sandbox string
		want            bool
	}{
		{"opencode-session", "default", true},
		{"opencode-projects.20261125-071500-123", "default", true},
		{"opencode-session-default", "default", false},
		{"opencode-session-b", "default", false},
		{"opencode-session-b", "b", true},
		{"opencode-config-b.20261125-071500-123", "b", true},
		{"opencode-session-a-b", "b", false},
		{"opencode-session-a-b.20261125-071500-123", "b", false},
		{"opencode-session-b-a", "b", false},
		{"opencode-session-a-b", "a-b", true},
	} {
		if belongs(c.volume, c.sandbox) != c.want {
			t.Errorf("%s to %s: %v", c.volume, c.sandbox, !c.want)
		}
	}
}

// What was measured of a sandbox is forgotten with it: one of that name that comes later has nothing to do with it.
func TestTheSizesOfASandboxAreForgottenWithIt(t *testing.T) {
	of := enginetest.Shared(t)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	mine, others := volume.Name(agent.Session, name), volume.Name(agent.Session, "a-"+name)
	e.remeasured(t.Context(), map[string]volume.Size{mine: {Bytes: 1}, mine + ".20261125-071500-123": {Bytes: 2}, others: {Bytes: 3}})
	mustFinish(t, e, e.DeleteData(name))
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.sizes) != 1 {
		t.Errorf("left are %v", e.sizes)
	}
}
