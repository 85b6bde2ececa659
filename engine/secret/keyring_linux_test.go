package secret

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"berth/engine/enginetest/leak"
	"berth/engine/fault"
)

// A test that leaves a call to a stopped daemon unanswered lets it go on before its end, so nothing is left of it.
func TestMain(m *testing.M) {
	leak.Main(m,
		// The library's connection to the bus is shared and lives as long as the process.
		"github.com/godbus/dbus/v5.(*Conn).inWorker",
		"github.com/godbus/dbus/v5.newConn.func1",
	)
}

// desktop is a session bus with GNOME's keyring on it, of this test alone.
type desktop struct {
	bus, keyring *exec.Cmd
	busOver      chan struct{}
}

const busConfig = `<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`

// newDesktop starts one whose login keyring is open. From then on it is the session of this process.
func newDesktop(t *testing.T) *desktop {
	t.Helper()
	for _, needed := range []string{"dbus-daemon", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skipf("%s is not installed: scripts/setup test does it", needed)
		}
	}
	home := t.TempDir()
	d := &desktop{busOver: make(chan struct{})}
	config := filepath.Join(home, "bus.conf") // names no services: the bus starts none by itself beside the one below
	if err := os.WriteFile(config, []byte(busConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	d.bus = exec.Command("dbus-daemon", "--config-file="+config, "--nofork", "--print-address", "--address=unix:path="+filepath.Join(home, "bus"))
	d.bus.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
	out, err := d.bus.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.bus.Start(); err != nil {
		t.Fatal(err)
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(d.busOver)
		_ = d.bus.Wait()
	}()
	t.Cleanup(func() { d.killBus() })
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", strings.TrimSpace(address))

	d.keyring = exec.Command("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets", "--control-directory="+filepath.Join(home, "control"))
	d.keyring.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "DBUS_SESSION_BUS_ADDRESS=" + strings.TrimSpace(address)}
	d.keyring.Stdin = strings.NewReader("the keyring's own password")
	if err := d.keyring.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = d.keyring.Process.Signal(syscall.SIGCONT)
		_ = d.keyring.Process.Kill()
		_ = d.keyring.Wait()
	})
	limit, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for reach(limit, true) != nil {
		select {
		case <-tick.C:
		case <-limit.Done():
			t.Fatalf("the keyring does not come up: %v", reach(t.Context(), true))
		}
	}
	return d
}

func (d *desktop) killBus() {
	_ = d.bus.Process.Kill()
	<-d.busOver
}

// lock closes the login keyring. Nothing is there that could ask for its password, so its dialog is refused at once.
func lockKeyring(t *testing.T) {
	t.Helper()
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bus.Close() }()
	if err := bus.Object(secretsName, secretsPath).Call(secretsService+".Lock", 0, []dbus.ObjectPath{loginPath}).Err; err != nil {
		t.Fatal(err)
	}
}

func TestTheRealKeyringKeepsSecrets(t *testing.T) {
	newDesktop(t)
	dir := t.TempDir()
	s := Open(dir)
	if place := s.Place(t.Context()); !place.Keyring {
		t.Fatalf("it is not used: %v", place.Why)
	}
	expect(t, s, "sandbox/a", "")
	keep(t, s, "sandbox/a", "one")
	keep(t, s, "sandbox/a", "two")
	expect(t, Open(dir), "sandbox/a", "two")
	expect(t, Open(t.TempDir()), "sandbox/a", "two") // it is in the keyring, not in the folder
	forget(t, s, "sandbox/a")
	forget(t, s, "sandbox/a")
	expect(t, s, "sandbox/a", "")
	if fileOf(dir) != "" {
		t.Error("a file was written although there is a keyring")
	}
}

func TestARealKeyringThatIsLockedIsWaitedForAndLosesNothing(t *testing.T) {
	newDesktop(t)
	dir := t.TempDir()
	s := Open(dir)
	keep(t, s, "sandbox/a", "one")
	lockKeyring(t)
	if _, err := s.Get(t.Context(), "sandbox/a"); errors.Is(err, ErrNotFound) || !errors.Is(err, fault.Permission) {
		t.Errorf("locked, it says %v", err)
	}
	keep(t, s, "sandbox/b", "two")
	if kind := s.Kind(); !strings.Contains(kind, "secrets.json") || !strings.Contains(kind, "keyring") {
		t.Errorf("it says %s", kind)
	}
	expect(t, s, "sandbox/b", "two")
	if place := s.Place(t.Context()); !place.Keyring || !strings.Contains(place.Words(), "locked") {
		t.Errorf("looked at, it is %q", place.Words())
	}
}

func TestARealKeyringThatHangsHoldsNobodyUp(t *testing.T) {
	d := newDesktop(t)
	s := Open(t.TempDir())
	keep(t, s, "sandbox/a", "one")
	if err := d.keyring.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := s.Get(t.Context(), "sandbox/a"); errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("it says %v", err)
	}
	if took := time.Since(began); took > 2*answerLimit {
		t.Errorf("it took %v", took)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	began = time.Now()
	if _, err := s.Get(cancelled, "sandbox/a"); err == nil || time.Since(began) > answerLimit/2 {
		t.Errorf("called off, it says %v after %v", err, time.Since(began))
	}
	keep(t, s, "sandbox/a", "two")
	if err := d.keyring.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	expect(t, s, "sandbox/a", "two")
	if place := s.Place(t.Context()); !place.Keyring {
		t.Errorf("it does not come back to the keyring: %v", place.Why)
	}
}

func TestABusThatDiesLosesNothing(t *testing.T) {
	d := newDesktop(t)
	dir := t.TempDir()
	s := Open(dir)
	keep(t, s, "sandbox/a", "one")
	d.killBus()
	if _, err := s.Get(t.Context(), "sandbox/a"); errors.Is(err, ErrNotFound) || !errors.Is(err, fault.Permission) {
		t.Errorf("without the bus it says %v", err)
	}
	expect(t, s, "sandbox/b", "") // what was never kept can be made
	keep(t, s, "sandbox/b", "two")
	if !strings.Contains(fileOf(dir), "two") {
		t.Error("it is not in the file")
	}
	newDesktop(t) // another session
	expect(t, s, "sandbox/b", "two")
	if fileOf(dir) != "" {
		t.Error("it is still in the file")
	}
}

func TestWithoutABusThereIsNoKeyring(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "none"))
	if err := reach(t.Context(), true); !errors.Is(err, errNone) {
		t.Errorf("it says %v", err)
	}
}
