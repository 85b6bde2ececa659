// Package desktoptest gives a test a real desktop: an X server, a window manager and a session bus of its own, keys and
// clicks, pictures of the screen and the words in them.
//
// It runs Xvfb, openbox, dbus-daemon, xdotool, ImageMagick's import and tesseract, all Debian packages that scripts/setup
// installs. Nothing but tests imports it.
package desktoptest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Desktop is one running desktop. It ends with the test.
type Desktop struct {
	Display string // ":99"
	Bus     string // address of the session bus
	Home    string // the HOME of what runs on it

	t    testing.TB
	bus  *exec.Cmd
	read struct { // the screen that was last read
		screen *screen
		words  []Word
	}
}

// tools are the programs a desktop needs; without one of them the test is skipped, saying which.
var tools = []string{"Xvfb", "openbox", "dbus-daemon", "xdotool", "import", "convert", "tesseract"}

// New starts a desktop of that size in pixels.
func New(t testing.TB, width, height int) *Desktop {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs a desktop: %s is not installed (run `make test`, which installs it)", tool)
		}
	}
	d := &Desktop{t: t, Home: t.TempDir()}
	d.startX(width, height)
	d.startBus()
	d.background("openbox", "--sm-disable")
	d.Eventually(10*time.Second, "the window manager to run", func() bool {
		return d.run("xdotool", "get_num_desktops") == nil
	})
	// With the first key that xdotool presses the server changes to another keyboard, and openbox takes its own keys anew: it would
	// miss an Alt+F4.
	d.Key("shift")
	return d
}

// Env is the environment of a program on this desktop, on top of what the test itself has.
func (d *Desktop) Env() []string {
	env := make([]string, 0, len(os.Environ())+8)
	for _, kv := range os.Environ() {
		switch name, _, _ := strings.Cut(kv, "="); name {
		case "WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME",
			"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG":
		default:
			env = append(env, kv)
		}
	}
	return append(env, "DISPLAY="+d.Display, "DBUS_SESSION_BUS_ADDRESS="+d.Bus, "HOME="+d.Home,
		"LANG=en_US.UTF-8", "LC_ALL=en_US.UTF-8", "LIBGL_ALWAYS_SOFTWARE=1", "XDG_RUNTIME_DIR="+d.Home)
}

// Command is a program on this desktop, not started yet. It is told to end when the test does.
func (d *Desktop) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = d.Env()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// Key presses keys, as xdotool names them ("Return", "ctrl+f").
func (d *Desktop) Key(keys ...string) {
	d.t.Helper()
	for _, key := range keys {
		d.must("xdotool", "key", "--clearmodifiers", key)
	}
}

// Type types text.
func (d *Desktop) Type(text string) {
	d.t.Helper()
	d.must("xdotool", "type", "--delay", "20", text)
}

// Click clicks the left button at a point of the screen.
func (d *Desktop) Click(x, y int) {
	d.t.Helper()
	d.must("xdotool", "mousemove", fmt.Sprint(x), fmt.Sprint(y), "click", "1")
}

// ClickWord clicks in the middle of the first place on the screen where that word stands.
func (d *Desktop) ClickWord(word string) {
	d.t.Helper()
	var at Word
	d.Eventually(15*time.Second, fmt.Sprintf("%q to be on the screen", word), func() bool {
		for _, w := range d.Words() {
			if strings.EqualFold(w.Text, word) {
				at = w
				return true
			}
		}
		return false
	})
	d.Click(at.X+at.W/2, at.Y+at.H/2)
}

// WaitWindow waits until a window whose title contains that text is shown, gives it the focus and returns its X id.
func (d *Desktop) WaitWindow(title string) string {
	d.t.Helper()
	var id string
	d.Eventually(60*time.Second, "a window titled "+title, func() bool {
		out, err := d.output("xdotool", "search", "--onlyvisible", "--name", title)
		id = strings.TrimSpace(strings.SplitN(out, "\n", 2)[0])
		return err == nil && id != ""
	})
	d.must("xdotool", "windowactivate", "--sync", id)
	return id
}

// Shown reports whether a window whose title contains that text is on the screen.
func (d *Desktop) Shown(title string) bool {
	out, err := d.output("xdotool", "search", "--onlyvisible", "--name", title)
	return err == nil && strings.TrimSpace(out) != ""
}

// Eventually waits until ok says yes, looking a few times a second, and fails the test with a picture when it does not
// within the limit.
func (d *Desktop) Eventually(limit time.Duration, what string, ok func() bool) {
	d.t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			d.t.Fatalf("waited %v for %s; the screen: %s", limit, what, d.KeepPicture())
		}
	}
}

// Picture writes what the screen shows to a PNG file.
func (d *Desktop) Picture(path string) {
	d.t.Helper()
	d.must("import", "-window", "root", path)
}

// KeepPicture saves the screen where it outlives the test, for whoever reads the failure, and says where or why not.
func (d *Desktop) KeepPicture() string {
	path := filepath.Join(os.TempDir(), "berth-"+strings.ReplaceAll(d.t.Name(), "/", "-")+".png")
	if err := d.run("import", "-window", "root", path); err != nil {
		return err.Error()
	}
	return path
}

func (d *Desktop) startX(width, height int) {
	d.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{w}
	d.start(cmd)
	_ = w.Close()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		d.t.Fatalf("Xvfb did not start: %v", err)
	}
	d.Display = ":" + strings.TrimSpace(number)
}

func (d *Desktop) startBus() {
	d.t.Helper()
	d.bus = exec.Command("dbus-daemon", "--session", "--nofork", "--print-address=1")
	out, err := d.bus.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	d.start(d.bus)
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		d.t.Fatalf("dbus-daemon did not start: %v", err)
	}
	d.Bus = strings.TrimSpace(address)
}

// KillBus ends the session bus, as one that crashes does. The desktop gets no other one.
func (d *Desktop) KillBus() {
	d.t.Helper()
	if err := d.bus.Process.Kill(); err != nil {
		d.t.Fatal(err)
	}
}

func (d *Desktop) background(name string, args ...string) { d.start(d.Command(name, args...)) }

// start runs a process until the end of the test.
func (d *Desktop) start(cmd *exec.Cmd) {
	d.t.Helper()
	if err := cmd.Start(); err != nil {
		d.t.Fatalf("start %s: %v", cmd.Path, err)
	}
	d.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
	})
}

func (d *Desktop) run(name string, args ...string) error {
	_, err := d.output(name, args...)
	return err
}

func (d *Desktop) output(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(d.Env(), "OMP_THREAD_LIMIT=1") // tesseract's threads wait for each other more than they work
	out, err := cmd.Output()
	return string(out), err
}

func (d *Desktop) must(name string, args ...string) {
	d.t.Helper()
	if err := d.run(name, args...); err != nil {
		d.t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
}
