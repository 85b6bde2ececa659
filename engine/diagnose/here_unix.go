//go:build !windows

package diagnose

import (
	"os"

	"golang.org/x/sys/unix"
)

// openFiles is how many files this program has open, 0 when that is not told, and how many it may.
func openFiles() (open int, limit uint64) {
	for _, dir := range []string{"/proc/self/fd", "/dev/fd"} {
		if entries, err := os.ReadDir(dir); err == nil {
			open = len(entries)
			break
		}
	}
	var l unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &l) != nil {
		return open, 0
	}
	return open, l.Cur
}

func room(path string) (free, total uint64, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return 0, 0, err
	}
	size := uint64(st.Bsize) //nolint:unconvert,gosec // its type is another on each system, and never negative
	return st.Bavail * size, st.Blocks * size, nil
}
