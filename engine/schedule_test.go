package engine

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/engine/backup"
	"berth/engine/config"
	"berth/engine/enginetest"
	"berth/engine/sandbox"
)

func TestBackupsAreMadeWhenTheyAreDueAndTheOldestGo(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	dir := t.TempDir()
	e := open(t, of.Host, func(s *config.Settings) { s.Backup.Folder, s.Backup.Every, s.Backup.Keep = dir, config.EveryDay, 2 })
	name, other := enginetest.Name(t), enginetest.Name(t)
	mustFinish(t, e, e.Start(name))
	waitHealthy(t, e, name)
	isDue := func(at time.Time) bool { return slices.Contains(e.due(t.Context(), at), name) }

	// Those that a person made stay and count for nothing, and so do another sandbox's.
	byHand := filepath.Join(dir, backup.FileName(name, time.Now()))
	mustFinish(t, e, e.Backup(name, byHand))
	if !isDue(time.Now()) {
		t.Error("the first backup is not due")
	}
	foreign := e.scheduledPath(t.Context(), other, time.Now().Add(-1000*time.Hour))
	var old []string
	for days := range 3 {
		old = append(old, e.scheduledPath(t.Context(), name, time.Now().Add(-time.Duration(days+2)*24*time.Hour)))
	}
	// A sandbox of that name on another engine is another sandbox.
	far := filepath.Join(dir, scheduledFolder, "ssh-lab", backup.FileName(name, time.Now()))
	for _, path := range append(old, foreign, far) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if !isDue(time.Now()) {
		t.Error("two days after the last one, none is due")
	}
	e.scheduledBackup(t.Context(), name)
	all := e.Backups(name)
	all = slices.DeleteFunc(all, func(b BackupFile) bool { return b.Path == far && b.Engine == "ssh-lab" })
	if len(all) != 3 || all[0].Path == all[1].Path || !slices.ContainsFunc(all, func(b BackupFile) bool { return b.Path == byHand && !b.Scheduled }) {
		t.Fatalf("with two to keep there are %+v", all)
	}
	newest := all[slices.IndexFunc(all, func(b BackupFile) bool { return b.Scheduled })]
	if _, err := backup.Verify(t.Context(), newest.Path, nil); err != nil {
		t.Errorf("the one that was due: %v", err)
	}
	if _, err := os.Stat(old[0]); err != nil {
		t.Errorf("the newest of the old ones: %v", err)
	}
	for _, path := range []string{foreign, far} {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("another sandbox's: %v", err)
		}
	}
	if isDue(time.Now()) || !isDue(time.Now().Add(25*time.Hour)) {
		t.Error("the next one is due at once, or not after a day")
	}
	if s := e.Settings(); s.Backup.Interval() != 24*time.Hour {
		t.Errorf("daily is every %v", s.Backup.Interval())
	}

	// One that stood ever since has nothing new.
	mustFinish(t, e, e.Stop(name))
	waitFor(t, e, name, "stopped", func(s Sandbox) bool { return s.State == sandbox.Stopped })
	if !isDue(time.Now().Add(25 * time.Hour)) {
		t.Error("what it did between the backup and its stop is not backed up")
	}
	e.scheduledBackup(t.Context(), name)
	if isDue(time.Now().Add(1000 * time.Hour)) {
		t.Error("one that stood since its last backup is backed up again")
	}

	t.Run("one that fails is told, and costs none of the old", func(t *testing.T) {
		before := e.Backups(name)
		s := e.Settings()
		s.Backup.Folder = "/proc/berth"
		if err := e.Apply(s); err != nil {
			t.Fatal(err)
		}
		e.scheduledBackup(t.Context(), name)
		if !slices.ContainsFunc(e.Snapshot().Notices, func(n Notice) bool { return n.Subject == name && strings.Contains(n.Text, "/proc/berth") }) {
			t.Errorf("the notices are %+v", e.Snapshot().Notices)
		}
		s.Backup.Folder = dir
		if err := e.Apply(s); err != nil {
			t.Fatal(err)
		}
		if after := e.Backups(name); !slices.Equal(after, before) {
			t.Errorf("there were %+v, and now %+v", before, after)
		}
	})
	t.Run("none without a wish", func(t *testing.T) {
		s := e.Settings()
		s.Backup.Every = ""
		if err := e.Apply(s); err != nil {
			t.Fatal(err)
		}
		if names := e.due(t.Context(), time.Now().Add(10_000*time.Hour)); len(names) != 0 {
			t.Errorf("%q are due", names)
		}
	})
}
