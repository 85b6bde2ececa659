package engine

import (
	"bufio"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestWhatIsSavedOfASandboxIsThisUsersAloneAndReplacesALinkRatherThanItsTarget(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has other permissions, and links need a right of their own")
	}
	dir := t.TempDir()
	target, path := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
	if _, err := replaceFile(path, func(out *bufio.Writer) error { _, err := out.WriteString("new"); return err }); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("it is %v, %v", info.Mode(), err)
	}
	if got, err := os.ReadFile(target); err != nil || string(got) != "old" {
		t.Errorf("what the link led to is %q, %v", got, err)
	}
}
