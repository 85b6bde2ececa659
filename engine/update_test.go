package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"berth/engine/backup"
	"berth/engine/config"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/sandbox"
)

func TestAnUpdateIsATransactionWithAWayBack(t *testing.T) {
	of := enginetest.Shared(t)
	pinned := ensureBuilt(t, of)
	e := open(t, of.Host, func(s *config.Settings) { s.Backup.Folder = t.TempDir() })
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	old := "berth/opencode:1.18.1-" + name
	variant(t, of, pinned, old, "1.18.1", "")
	first, left := inUse(t, e, name, e.Create(sandbox.Spec{Name: name, Image: old}))
	if !strings.HasSuffix(pinned, ":"+first.Update) || first.Update == "" {
		t.Logf("the window offers %q", first.Update) // it compares what opencode itself says, which is the same here
	}

	// The point is copied while the sandbox is stopped, and its container is made anew: it is none to start then.
	shown, update := map[sandbox.State]bool{}, e.Update(name)
	enginetest.Eventually(t, 3*time.Minute, "the update", func() bool {
		over := e.tasks.Find(update).View().State.Over()
		for _, s := range e.Snapshot().Sandboxes {
			shown[s.State] = shown[s.State] || s.Name == name && !over
		}
		return over
	})
	if !shown[sandbox.Changing] || shown[sandbox.Created] || shown[sandbox.Stopped] {
		t.Errorf("meanwhile it was shown as %v", shown)
	}
	mustFinish(t, e, update)
	second := waitFor(t, e, name, "updated", func(s Sandbox) bool { return s.Spec.Image == pinned && s.State == sandbox.Healthy })
	left.find(t, ask(t, e, name))
	if second.Address != first.Address {
		t.Errorf("it moved from %s to %s", first.Address, second.Address)
	}
	kept := points(t, e, name)
	if len(kept) != 1 || kept[0].Version != "1.18.1" || kept[0].Reason != "update" {
		t.Fatalf("its rollback points are %+v", kept)
	}
	if v := mustFinish(t, e, e.Update(name)); v.Detail != "it is up to date" || len(points(t, e, name)) != 1 {
		t.Errorf("the second update says %q", v.Detail)
	}

	newSession(t, e, name, "after the update")
	mustFinish(t, e, e.Rollback(name, kept[0].ID))
	back := waitFor(t, e, name, "rolled back", func(s Sandbox) bool { return s.Spec.Image == old && s.State == sandbox.Healthy })
	left.find(t, ask(t, e, name))
	if hasSession(t, e, name, "after the update") || back.Address != first.Address {
		t.Error("it is not what it was")
	}
	if all := points(t, e, name); len(all) != 2 || all[0].Reason != "rollback" {
		t.Errorf("its rollback points are %+v", all)
	}

	if all := e.Backups(name); len(all) != 0 {
		t.Errorf("nobody asked for the backup %+v", all) // the rollback point is enough, unless the person wants more
	}

	// No more are kept than the settings say, and the newest are those that stay. A whole backup before each update is a setting.
	one := 1
	s := e.Settings()
	s.Update.Points, s.Backup.BeforeUpdate = &one, true
	if err := e.Apply(s); err != nil {
		t.Fatal(err)
	}
	mustFinish(t, e, e.Update(name))
	if all := points(t, e, name); len(all) != 1 || all[0].Version != "1.18.1" {
		t.Errorf("its rollback points are %+v", all)
	}
	if all := e.Backups(name); len(all) != 1 || !all[0].Scheduled {
		t.Errorf("the backup before it is %+v", all)
	} else if m, err := backup.Verify(t.Context(), all[0].Path, nil); err != nil || m.Image.Opencode != "1.18.1" {
		t.Errorf("it holds %+v, %v", m.Image, err)
	}
	mustFinish(t, e, e.RemovePoint(name, points(t, e, name)[0].ID))
	if all := points(t, e, name); len(all) != 0 {
		t.Errorf("its rollback points are %+v", all)
	}
}

func TestAnUpdateThatSpoilsTheDataIsTakenBackWithThem(t *testing.T) {
	enginetest.Slow(t)
	for _, runs := range []bool{true, false} {
		t.Run(fmt.Sprintf("running %v", runs), func(t *testing.T) { spoils(t, runs) })
	}
}

func spoils(t *testing.T, runs bool) {
	of := enginetest.Shared(t)
	pinned := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	ref := enginetest.Registry(t) + "/" + name + ":1"
	variant(t, of, pinned, "localhost/"+name+":good", "1.18.1", "")
	variant(t, of, pinned, "localhost/"+name+":bad", "1.18.2", vandal)
	enginetest.Push(t, of, "localhost/"+name+":good", ref)
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ref}))
	t.Cleanup(func() { removeImage(of.Client, ref) })
	first := waitHealthy(t, e, name)
	left := leaveSomething(t, ask(t, e, name))
	if !runs {
		mustFinish(t, e, e.Stop(name))
	}
	enginetest.Push(t, of, "localhost/"+name+":bad", ref)

	v := finish(t, e, e.Update(name))
	if !errors.Is(v.Err, fault.Unhealthy) || !strings.Contains(v.Err.Error(), "ended with 7") {
		t.Errorf("it ends with %v", v.Err)
	}
	if runs {
		waitHealthy(t, e, name)
	} else {
		s := waitFor(t, e, name, "stopped as it was", func(s Sandbox) bool { return s.State == sandbox.Stopped })
		if s.Err == nil {
			t.Error("the window is not told why")
		}
		mustFinish(t, e, e.Start(name))
	}
	back := waitHealthy(t, e, name)
	if back.ContainerID != first.ContainerID {
		t.Error("it is another container than before")
	}
	left.find(t, ask(t, e, name))
	integrity(t, e, name)
	if all := points(t, e, name); len(all) != 0 {
		t.Errorf("a point of nothing is left: %+v", all)
	}
	if n := of.Containers(t, name); len(n) != 1 {
		t.Errorf("its containers are %q", n)
	}
}

// Another major version of opencode is a program of its own: all is backed up before it comes, and one that this Berth does
// not know does not come at all.
func TestAnotherMajorVersionIsBackedUpBeforeOrRefused(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	pinned := ensureBuilt(t, of)
	dir := t.TempDir()
	e := open(t, of.Host, func(s *config.Settings) { s.Backup.Folder = dir })
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	ref := enginetest.Registry(t) + "/" + name + ":1"
	t.Cleanup(func() { removeImage(of.Client, ref) })
	for _, version := range []string{"1.18.1", "2.0.0", "0.9.9"} {
		variant(t, of, pinned, "localhost/"+name+":"+version, version, "")
	}
	enginetest.Push(t, of, "localhost/"+name+":1.18.1", ref)
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ref}))
	before := waitHealthy(t, e, name)
	enginetest.Push(t, of, "localhost/"+name+":2.0.0", ref)
	if v := finish(t, e, e.Update(name)); !errors.Is(v.Err, fault.BadInput) || !strings.Contains(v.Err.Error(), "2.0.0") {
		t.Errorf("a version nobody knows: %v", v.Err)
	}
	enginetest.Push(t, of, "localhost/"+name+":0.9.9", ref)
	if v := finish(t, e, e.Update(name)); !errors.Is(v.Err, fault.BadInput) || !strings.Contains(v.Err.Error(), "older") {
		t.Errorf("an older version: %v", v.Err)
	}
	if after := waitHealthy(t, e, name); after.ContainerID != before.ContainerID || len(e.Backups(name)) != 0 {
		t.Error("it was touched")
	}
	if !crosses("0.9.9", "1.18.33") || crosses("1.18.1", "1.19.0") || crosses("", "1.0.0") {
		t.Error("major versions are not told apart")
	}

	// One that an earlier Berth made of an opencode 0.x is updated, with a whole backup before.
	mustFinish(t, e, e.Remove(name))
	cli := of.Client
	if _, err := cli.ImageInspect(t.Context(), "localhost/"+name+":0.9.9"); err != nil {
		t.Fatal(err)
	}
	old, err := sandbox.Labels(sandbox.Spec{Name: name, Image: ref})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cli.ContainerCreate(t.Context(), &container.Config{Image: "localhost/" + name + ":0.9.9", Labels: old}, nil, nil, nil, sandbox.ContainerName(name)); err != nil {
		t.Fatal(err)
	}
	enginetest.Push(t, of, "localhost/"+name+":1.18.1", ref)
	mustFinish(t, e, e.Update(name))
	if all := e.Backups(name); len(all) != 1 || !all[0].Scheduled {
		t.Errorf("its backups are %+v", all)
	} else if m, err := backup.Verify(t.Context(), all[0].Path, nil); err != nil || m.Image.Opencode != "0.9.9" {
		t.Errorf("the backup is of %+v, %v", m.Image, err)
	}
}
