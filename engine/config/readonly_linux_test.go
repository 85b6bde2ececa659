package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"berth/engine/config"
	"berth/engine/fault"
)

// readOnly makes a folder that takes nothing: by its mode, and for root, whom that does not hold, by a file system of its own.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	if os.Getuid() != 0 {
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(dir, 0o700) }) //nolint:gosec // a folder
		return
	}
	if err := syscall.Mount(dir, dir, "", syscall.MS_BIND, ""); err != nil {
		t.Skipf("no file system of its own can be had: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	if err := syscall.Mount("", dir, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
}

func wantSettingsFault(t *testing.T, err error, dir string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Cause() == "" || !strings.Contains(f.Remedy, dir) {
		t.Errorf("it ends with %v; what to do is %q", err, fault.From("", err).Remedy)
	}
}

func TestAFolderThatTakesNoSettingsIsSaidAndChangesNothing(t *testing.T) {
	s, path := open(t, `{"schema":1,"sandbox":{"port":5000}}`)
	before, dir := s.Settings(), filepath.Dir(path)
	readOnly(t, dir)
	now := s.Settings()
	now.Sandbox.Port = 6000
	wantSettingsFault(t, s.Save(now), dir)
	if diff := cmp.Diff(before, s.Settings()); diff != "" {
		t.Errorf("what could not be saved is in force:\n%s", diff)
	}
	again, err := config.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, again.Settings()); diff != "" {
		t.Error(diff)
	}
}

// Defaults over a file that cannot even be set aside would be saved over it later.
func TestADamagedFileInAFolderThatTakesNothingIsSaidAndLeftAsItIs(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "settings.json")
	const text = `{"sandbox":`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	readOnly(t, dir)
	_, err := config.Open(dir)
	wantSettingsFault(t, err, dir)
	if got, err := os.ReadFile(path); err != nil || string(got) != text {
		t.Errorf("the file says %q, %v", got, err)
	}
}
