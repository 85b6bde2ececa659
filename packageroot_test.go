package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth/engine/enginetest"
	"berth/ui/desktoptest"
)

// enter makes a program that runs its arguments in another root, in which it sees these files and folders of this one. The
// mounts are its own, so they end with it.
func enter(t *testing.T, root string, shared ...string) string {
	t.Helper()
	script := `#!/bin/sh
exec unshare --mount --propagation private sh -eu -c '
  root=$1
  shift
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  while [ "$1" != -- ]; do
    if [ -d "$1" ]; then mkdir -p "$root$1"; else mkdir -p "$root$(dirname "$1")" && touch "$root$1"; fi
    mount --bind "$1" "$root$1"
    shift
  done
  shift
  exec chroot "$root" "$@"
' - '` + strings.Join(append([]string{root}, shared...), "' '") + `' -- "$@"
`
	path := filepath.Join(t.TempDir(), "enter")
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// cleanDebian unpacks a Debian with nothing but what every Debian has.
func cleanDebian(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	tar, root := filepath.Join(folder, "base.tar"), filepath.Join(folder, "root")
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	tool(t, nil, "scripts/baseimage", "--tar", tar)
	tool(t, nil, "tar", "-C", root, "-xf", tar)
	return root
}

// The root has the packages that the .deb depends on, and neither those that it recommends nor a display of its own: what the
// program needs to open its window has to be among what it depends on. Its sandbox is of the image that another test has built on
// the engine: a clean Debian has no npm client, and the release host may be out of reach.
func TestTheDebInACleanDebianDoesTheMainJob(t *testing.T) {
	deb := dist(t, "berth_*_amd64.deb")
	e := enginetest.Shared(t)
	enginetest.RemoveSandbox(t, e, "default")
	root := cleanDebian(t)
	tool(t, nil, "cp", deb, filepath.Join(root, "berth.deb"))
	inside := enter(t, root, "/etc/resolv.conf", "/etc/hosts")
	apt := func(args ...string) {
		t.Helper()
		tool(t, []string{"DEBIAN_FRONTEND=noninteractive"}, inside, append([]string{"apt-get", "-qq", "-o", "Acquire::Retries=3"}, args...)...)
	}
	apt("update")
	apt("install", "-y", "--no-install-recommends", "/berth.deb")
	if got, want := tool(t, nil, inside, "berth", "--version"), stamp(t); !strings.HasPrefix(got, want) {
		t.Errorf("it says %q, want %q", got, want)
	}

	desk := desktoptest.New(t, 1280, 800)
	bus, _, _ := strings.Cut(strings.TrimPrefix(desk.Bus, "unix:path="), ",")
	installed := enter(t, root, desk.Home, bus, "/tmp/.X11-unix", strings.TrimPrefix(e.Host, "unix://"))
	starter := filepath.Join(t.TempDir(), "berth")
	if err := os.WriteFile(starter, fmt.Appendf(nil, "#!/bin/sh\nunset SSL_CERT_FILE # it names a file of this computer\nexec '%s' berth \"$@\"\n", installed), 0o700); err != nil {
		t.Fatal(err)
	}
	p := launchOn(t, desk, starter, e.Host, "--start")
	p.WaitWindow("Berth")
	p.Eventually(10*time.Second, "the window to be of the class that the menu entry names", func() bool {
		return p.Command("xdotool", "search", "--onlyvisible", "--class", "^Berth$").Run() == nil
	})
	p.Eventually(firstStart, "the container to run", func() bool { return running(e.Client) })
	port, password := checkContract(t, e, inspect(e.Client))
	p.Eventually(time.Minute, "opencode to be healthy", func() bool { return health(port, password) == http.StatusOK })
	p.WaitText(time.Minute, "default", "Healthy")
	end(t, p)

	apt("purge", "-y", "berth")
	left, err := exec.Command("find", filepath.Join(root, "usr"), filepath.Join(root, "etc"), filepath.Join(root, "var"), "-name", "*berth*").Output()
	if err != nil || len(left) > 0 {
		t.Errorf("the removed package left %s (%v)", left, err)
	}
}
