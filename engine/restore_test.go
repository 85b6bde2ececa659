package engine

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/image"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// A backup of a sandbox whose configuration is broken cannot become one that is ready.
func TestARestoreThatDoesNotBecomeReadyBringsBackWhatWasThere(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	_, left := inUse(t, e, name, e.Start(name))
	configuration := func(text string) {
		t.Helper()
		sh(t, of, "berth-"+name, "printf '%s' '"+text+"' > ~/.config/opencode/opencode.json")
	}
	configuration(`{"model": [`)
	broken := filepath.Join(t.TempDir(), "broken.berth")
	mustFinish(t, e, e.Backup(name, broken))
	configuration(`{}`)
	mustFinish(t, e, e.Restart(name))
	waitHealthy(t, e, name)
	newSession(t, e, name, "later")

	if v := finish(t, e, e.Restore(broken, name, false)); v.State != task.Failed || v.Err == nil {
		t.Errorf("it ended as %s: %v", v.State, v.Err)
	}
	waitHealthy(t, e, name)
	left.find(t, ask(t, e, name))
	if !hasSession(t, e, name, "later") {
		t.Error("what came after the backup is lost")
	}
	integrity(t, e, name)
	if kept := points(t, e, name); len(kept) != 0 {
		t.Errorf("the rollback points %+v stayed though nothing was replaced", kept)
	}
}

// The file may be anybody's: which program gets the keys of the sandbox, and what it is told, is not for it to say.
func TestAnImageOfAFileRunsOnlyWithLeave(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	pinned := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name, to, newer := enginetest.Name(t), enginetest.Name(t), enginetest.Name(t)
	for _, one := range []string{name, to, newer} {
		deleteAtTheEnd(t, of, one)
	}
	pin, _ := image.PinFor(e.processor())
	foreign, ahead := "localhost/"+name+":foreign", "localhost/"+name+":ahead"
	variant(t, of, pinned, foreign, pin.Version, "")
	variant(t, of, pinned, ahead, "1.99.0", "")
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: foreign, Env: map[string]string{"OPENCODE_CONFIG_CONTENT": "{}"}}))
	path := filepath.Join(t.TempDir(), "x.berth")
	mustFinish(t, e, e.Backup(name, path))
	info, err := e.InspectBackup(path)
	if err != nil || len(info.Badges) != 2 || info.Badges[0].Text != "own environment" || info.Badges[1].Text != "another image" {
		t.Errorf("it shows %+v, %v", info.Badges, err)
	}
	mustFinish(t, e, e.Restore(path, to, false))
	if got := waitHealthy(t, e, to).Spec; got.Image != pinned || len(got.Env) != 0 {
		t.Errorf("without leave it is %+v", got)
	}
	mustFinish(t, e, e.Restore(path, to, true))
	if got := waitHealthy(t, e, to).Spec; got.Image != foreign || len(got.Env) != 1 {
		t.Errorf("with leave it is %+v", got)
	}
	mustFinish(t, e, e.Restore(path, name, false))
	if got := waitHealthy(t, e, name).Spec; got.Image != foreign || len(got.Env) != 1 {
		t.Errorf("over itself it is %+v", got)
	}

	mustFinish(t, e, e.Create(sandbox.Spec{Name: newer, Image: ahead}))
	waitHealthy(t, e, newer)
	mustFinish(t, e, e.Backup(newer, path))
	mustFinish(t, e, e.DeleteData(newer))
	if v := finish(t, e, e.Restore(path, newer, false)); !errors.Is(v.Err, fault.BadInput) || !strings.Contains(v.Err.Error(), "older") {
		t.Errorf("an older opencode gets what a newer one wrote: %v", v.Err)
	}
	nothingOf(t, of, newer)
}

// Sizes are counted in the background, by a helper that mounts all.
func TestDataCanBeDeletedWhileTheyAreMeasured(t *testing.T) {
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	mustFinish(t, e, e.Start(name))
	waitHealthy(t, e, name)
	helper, err := of.Client.ContainerCreate(t.Context(), &container.Config{
		Image: mustInspect(t, of, "berth-"+name).Image, Entrypoint: []string{"sleep", "3"}, Labels: map[string]string{volume.LabelHelper: "any"},
	}, &container.HostConfig{AutoRemove: true, Mounts: []mount.Mount{{Type: mount.TypeVolume, Source: volume.Name(agent.Session, name), Target: "/x"}}}, nil, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := of.Client.ContainerStart(t.Context(), helper.ID, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	mustFinish(t, e, e.DeleteData(name))
	nothingOf(t, of, name)
}

// sh runs a command in a container that runs.
func sh(t *testing.T, of *enginetest.Engine, id, command string) {
	t.Helper()
	of.Sh(t, id, command)
}
