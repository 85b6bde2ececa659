package enginetest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// SSHD is an sshd on this computer's loopback, with keys of its own, that stands for another computer.
type SSHD struct {
	t    testing.TB
	dir  string
	port int
	cmd  *exec.Cmd
	said bytes.Buffer
}

// Sshd starts one. It ends with the test.
func Sshd(t testing.TB) *SSHD {
	t.Helper()
	if _, err := os.Stat(sshdPath()); err != nil || os.Getuid() != 0 {
		t.Skip("needs openssh-server and root: run `make test`")
	}
	s := &SSHD{t: t, dir: t.TempDir()}
	s.key("host")
	s.key("user")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	s.Ask("accept-new")
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		t.Fatal(err)
	}
	s.start()
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			t.Log(s.said.String())
		}
	})
	return s
}

func sshdPath() string {
	if path, err := exec.LookPath("sshd"); err == nil {
		return path
	}
	return "/usr/sbin/sshd"
}

// key makes a pair of keys of that name anew.
func (s *SSHD) key(name string) {
	s.t.Helper()
	file := filepath.Join(s.dir, name)
	_ = os.Remove(file)
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file).CombinedOutput(); err != nil {
		s.t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
}

func (s *SSHD) start() {
	s.t.Helper()
	s.write("sshd_config", fmt.Sprintf(
		"Port %d\nListenAddress 127.0.0.1\nHostKey %s/host\nAuthorizedKeysFile %s/user.pub\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nMaxStartups 100\nMaxSessions 100\nSubsystem sftp internal-sftp\n",
		s.port, s.dir, s.dir), 0o600)
	s.cmd = exec.Command(sshdPath(), "-D", "-e", "-f", filepath.Join(s.dir, "sshd_config"))
	s.cmd.Stderr = &s.said
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	Eventually(s.t, 10*time.Second, "sshd to listen", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
		if err != nil {
			return false
		}
		_ = conn.Close()
		return true
	})
}

func (s *SSHD) write(name, text string, mode os.FileMode) {
	s.t.Helper()
	file := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		s.t.Fatal(err)
	}
}

// Stop ends it: the far computer is switched off.
func (s *SSHD) Stop() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		_ = s.cmd.Wait()
	}
}

// Ask sets how ssh takes a host key it does not know: "accept-new", or "ask", which nobody answers.
func (s *SSHD) Ask(policy string) {
	s.t.Helper()
	// ssh reads the home folder of the user database, whatever HOME says; so a program of that name gives it its settings.
	s.write("bin/ssh", fmt.Sprintf(
		"#!/bin/sh\nexec /usr/bin/ssh -F none -i %s/user -o IdentitiesOnly=yes -o UserKnownHostsFile=%s/known -o GlobalKnownHostsFile=none -o StrictHostKeyChecking=%s \"$@\"\n",
		s.dir, s.dir, policy), 0o755)
}

// Rekey gives the far computer another host key: somebody set it up anew, or stands between.
func (s *SSHD) Rekey() {
	s.t.Helper()
	s.Stop()
	s.key("host")
	s.start()
}

// Refuse makes the far computer let nobody in any more.
func (s *SSHD) Refuse() {
	s.t.Helper()
	s.write("user.pub", "", 0o600)
}

// Env is the environment in which ssh finds its way there.
func (s *SSHD) Env(name string) string {
	return map[string]string{"PATH": filepath.Join(s.dir, "bin") + ":" + os.Getenv("PATH")}[name]
}

// URL is the address of an engine behind it.
func (s *SSHD) URL(of *Engine) string {
	return fmt.Sprintf("ssh://root@127.0.0.1:%d%s", s.port, strings.TrimPrefix(of.Host, "unix://"))
}
