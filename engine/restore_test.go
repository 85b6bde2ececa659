package engine

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/docker/docker/api/types/container"

	"berth/engine/enginetest"
	"berth/engine/task"
)

// A backup of a sandbox whose configuration is broken cannot become one that is ready.
func TestARestoreThatDoesNotBecomeReadyBringsBackWhatWasThere(t *testing.T) {
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	mustFinish(t, e, e.Start(name))
	waitHealthy(t, e, name)
	left := leaveSomething(t, ask(t, e, name))
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

// sh runs a command in a container that runs.
func sh(t *testing.T, of *enginetest.Engine, id, command string) {
	t.Helper()
	made, err := of.Client.ContainerExecCreate(t.Context(), id, container.ExecOptions{Cmd: []string{"sh", "-c", command}, AttachStdout: true, AttachStderr: true})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := of.Client.ContainerExecAttach(t.Context(), made.ID, container.ExecAttachOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	said, err := io.ReadAll(stream.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if ended, err := of.Client.ContainerExecInspect(t.Context(), made.ID); err != nil || ended.ExitCode != 0 {
		t.Fatalf("%s: %v, %q", command, err, said)
	}
}
