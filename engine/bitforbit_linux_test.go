package engine

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/volume"
)

// All that breaks copies goes through a .berth file and what checks it, into another sandbox, on either engine.
func TestWhatIsInABackupComesOutTheSameBitForBit(t *testing.T) {
	docker := enginetest.Shared(t)
	ensureBuilt(t, docker)
	e := open(t, docker.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, docker, name)
	mustFinish(t, e, e.Start(name))
	waitHealthy(t, e, name)
	mustFinish(t, e, e.Stop(name))
	from := folderOf(t, docker, name)
	enginetest.FillOddly(t, from)
	before := enginetest.StateOf(t, from, true)
	path := filepath.Join(t.TempDir(), "odd.berth")
	mustFinish(t, e, e.Backup(name, path))
	sum := sumOf(t, e, path)
	if d := cmp.Diff(before, enginetest.StateOf(t, from, true)); d != "" {
		t.Errorf("the backup changed what it read, before (-) and after (+):\n%s", d)
	}

	for engine, of := range map[string]*enginetest.Engine{"Docker": docker, "Podman": enginetest.Podman(t)} {
		t.Run(engine, func(t *testing.T) {
			ensureBuilt(t, of)
			to, far := enginetest.Name(t), open(t, of.Host, nil)
			deleteAtTheEnd(t, of, to)
			mustFinish(t, far, far.Restore(path, to, false))
			waitHealthy(t, far, to)
			if d := cmp.Diff(before, enginetest.StateOf(t, folderOf(t, of, to), true)); d != "" {
				t.Errorf("before (-) and after (+):\n%s", d)
			}
			again := filepath.Join(t.TempDir(), "again.berth")
			mustFinish(t, far, far.Backup(to, again))
			if sumOf(t, far, again) != sum {
				t.Error("the backup of what came out is another one")
			}
		})
	}
}

// folderOf is where the projects of a sandbox lie on this computer.
func folderOf(t *testing.T, of *enginetest.Engine, name string) string {
	t.Helper()
	v, err := of.Client.VolumeInspect(t.Context(), volume.Name(agent.Projects, name))
	if err != nil {
		t.Fatal(err)
	}
	return v.Mountpoint
}

// sumOf is the checksum of the projects in a backup.
func sumOf(t *testing.T, e *Engine, path string) string {
	t.Helper()
	info, err := e.InspectBackup(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range info.Manifest.Parts {
		if p.Role == string(agent.Projects) {
			return p.SHA256
		}
	}
	t.Fatalf("it holds no projects: %+v", info.Manifest.Parts)
	return ""
}
