//go:build !windows

package backup

import (
	"os"
	"syscall"
	"testing"
)

// room is how many bytes of its disk a file takes.
func room(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatalf("it is a %T", info.Sys())
	}
	return stat.Blocks * 512
}
