package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"berth/ui/desktoptest"
)

// program is a running Berth on a desktop of its own.
type program struct {
	*desktoptest.Desktop
	cmd    *exec.Cmd
	output *safeBuffer
	ended  chan error
}

// programs are those that tests run, by their build tags. Linking one takes ten seconds, so all share it.
var programs = struct {
	mu    sync.Mutex
	dir   string
	paths map[string]string
}{paths: map[string]string{}}

func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(programs.dir)
	os.Exit(code)
}

// build compiles Berth with these build tags. Where the tests run with the race detector it gets it too: nowhere else do a real
// engine and a real window meet under it.
func build(t *testing.T, tags string) string {
	t.Helper()
	programs.mu.Lock()
	defer programs.mu.Unlock()
	if path := programs.paths[tags]; path != "" {
		return path
	}
	if programs.dir == "" {
		dir, err := os.MkdirTemp("", "berth-built-")
		if err != nil {
			t.Fatal(err)
		}
		programs.dir = dir
	}
	path := filepath.Join(programs.dir, strconv.Itoa(len(programs.paths)), "berth")
	args := []string{"build", "-tags", tags, "-o", path}
	if raced {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, ".")...).CombinedOutput()
	if err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	programs.paths[tags] = path
	return path
}

// launch starts a built Berth against an engine.
func launch(t *testing.T, path, host string, args ...string) *program {
	t.Helper()
	return launchOn(t, desktoptest.New(t, 1280, 800), path, host, args...)
}

// launchOn starts it on a desktop that is there already, with the settings that an earlier one left.
func launchOn(t *testing.T, d *desktoptest.Desktop, path, host string, args ...string) *program {
	t.Helper()
	return launchWith(t, d, path, host, filepath.Join(d.Home, "config"), args...)
}

// launchWith starts it with the settings in a folder.
func launchWith(t *testing.T, d *desktoptest.Desktop, path, host, config string, args ...string) *program {
	t.Helper()
	p := &program{Desktop: d, output: &safeBuffer{}, ended: make(chan error, 1)}
	p.cmd = p.Command(path, append(args, "--config", config)...)
	p.cmd.Env = append(p.cmd.Env, "DOCKER_HOST="+host, "XDG_STATE_HOME="+filepath.Join(p.Home, "state"),
		"GORACE=atexit_sleep_ms=0 exitcode=0") // its wait of a second at the end would be Berth's; what it found is looked at below
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.cmd.Wait() }()
	t.Cleanup(func() {
		if t.Failed() { // where its goroutines stand, should it hang
			_ = p.cmd.Process.Signal(syscall.SIGQUIT)
			select {
			case <-p.ended: //nolint:errcheck // the dump says how
			case <-time.After(5 * time.Second):
			}
		}
		_ = p.cmd.Process.Kill()
		if found := races(p.output.String()); len(found) > 0 {
			t.Errorf("the race detector found something:\n%s", strings.Join(found, "\n"))
		}
		if t.Failed() {
			t.Logf("its output:\n%s", p.output)
			if log, err := os.ReadFile(filepath.Join(p.Home, "state", "berth", "berth.log")); err == nil {
				t.Logf("its log:\n%s", log)
			}
		}
	})
	return p
}

// access is how a report of the race detector names one of the two accesses, with the function that made it.
var access = regexp.MustCompile(`(?m)^(?:Previous )?(?:[Rr]ead|[Ww]rite|[Aa]tomic read|[Aa]tomic write) at 0x[0-9a-f]+ by .*:\n\s+(\S+)\(\)?`)

// races are the reports of the race detector in what a program wrote, but for those of one that is the tray library's own: it counts
// the version of its menu on a goroutine while it answers a panel with it (systray v1.12.2, systray_menu_unix.go, GetLayout and
// refresh). Both sides are in it, and a panel that is told an older number asks again.
func races(output string) []string {
	var found []string
	for _, report := range strings.Split(output, "WARNING: DATA RACE\n")[1:] {
		report, _, _ = strings.Cut(report, "==================")
		sides := access.FindAllStringSubmatch(report, -1)
		librarys := len(sides) == 2
		for _, side := range sides {
			librarys = librarys && (side[1] == "fyne.io/systray.refresh" || side[1] == "fyne.io/systray.(*tray).GetLayout")
		}
		if !librarys {
			found = append(found, report)
		}
	}
	return found
}

func TestARaceOfTheTrayLibraryAloneIsNotBerths(t *testing.T) {
	report := func(one, other string) string {
		return "==================\nWARNING: DATA RACE\nWrite at 0x00000322e4d8 by goroutine 264:\n  " + one + "()\n      /a.go:423 +0x19e\n\n" +
			"Previous read at 0x00000322e4d8 by goroutine 263:\n  " + other + "()\n      /a.go:91 +0x1d6\n\nGoroutine 264 (running) created at:\n  x()\n==================\n"
	}
	const refresh, layout = "fyne.io/systray.refresh", "fyne.io/systray.(*tray).GetLayout"
	for want, output := range map[int]string{
		0: report(refresh, layout), 1: report(refresh, "berth/ui.(*App).tray") + report(layout, refresh), 2: report("berth/engine.x", layout) + report("main.x", "main.y"),
	} {
		if got := races(output); len(got) != want {
			t.Errorf("%d races, want %d: %q", len(got), want, got)
		}
	}
}

// waitEnd waits until the program has ended by itself.
func (p *program) waitEnd(t *testing.T, limit time.Duration) {
	t.Helper()
	select {
	case err := <-p.ended:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(limit):
		t.Fatalf("it did not end within %v; the screen: %s", limit, p.KeepPicture())
	}
}

// safeBuffer is a bytes.Buffer for a process to write and a test to read.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
