package enginetest

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Share mounts a folder of the far computer's on dir, as a network share. The share is gone once gone was called, in the middle
// of whatever is written to it; it ends with the test in any case.
func (s *SSHD) Share(far, dir string) (gone func()) {
	s.t.Helper()
	if _, err := exec.LookPath("sshfs"); err != nil {
		s.t.Skip("needs sshfs: run `make test`")
	}
	var said bytes.Buffer
	cmd := exec.Command("sshfs", "-f", "-o", "ssh_command="+filepath.Join(s.dir, "bin/ssh"), "-p", strconv.Itoa(s.port), "root@127.0.0.1:"+far, dir)
	cmd.Stderr = &said
	before := device(s.t, dir)
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	gone = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	s.t.Cleanup(func() {
		gone()
		_ = syscall.Unmount(dir, syscall.MNT_DETACH)
		if s.t.Failed() {
			s.t.Log(said.String())
		}
	})
	Eventually(s.t, 10*time.Second, "the share to be mounted", func() bool { return device(s.t, dir) != before })
	return gone
}

// device is what the file system of a folder stands on.
func device(t testing.TB, dir string) uint64 {
	t.Helper()
	var stat syscall.Stat_t
	if err := syscall.Stat(dir, &stat); err != nil {
		t.Fatal(err)
	}
	return stat.Dev
}
