package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"berth/engine/config"
	"berth/engine/enginetest"
	"berth/ui/desktoptest"
)

// Makes the pictures of the README: every screen of the real app on a real engine. `make screenshots` runs it.
func TestPicturesOfEveryScreen(t *testing.T) {
	dir := os.Getenv("BERTH_SCREENSHOTS")
	if dir == "" {
		t.Skip("makes pictures, and they go where BERTH_SCREENSHOTS says: run `make screenshots`")
	}
	e := enginetest.Shared(t)
	for _, name := range []string{"default", "portal", "notes"} {
		enginetest.RemoveSandbox(t, e, name)
	}
	built, err := e.Client.ImageList(context.Background(), image.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range built { // so that the first start has something to build
		if len(i.RepoTags) > 0 && strings.HasPrefix(i.RepoTags[0], "berth/opencode:") {
			if _, err := e.Client.ImageRemove(context.Background(), i.RepoTags[0], image.RemoveOptions{Force: true}); err != nil {
				t.Fatal(err)
			}
		}
	}
	path := build(t, "migrated_fynedo,no_emoji") // as it is packed
	desk := desktoptest.New(t, 1280, 800)
	p := launchOn(t, desk, path, e.Host)
	p.WaitWindow("Berth")
	shot := func(name string) {
		time.Sleep(700 * time.Millisecond) // a picture has no condition: let a frame and the tooltips' delay pass
		p.Picture(filepath.Join(dir, name+".png"))
	}
	running := func(name string) (port, password string, ok bool) {
		got, err := e.Client.ContainerInspect(context.Background(), "berth-"+name)
		if err != nil || !got.State.Running || len(got.HostConfig.PortBindings["4096/tcp"]) == 0 {
			return "", "", false
		}
		port, password = portAndPassword(&got)
		return port, password, health(port, password) == http.StatusOK
	}
	create := func(name string) {
		p.Key("ctrl+n")
		p.WaitText(30*time.Second, "New sandbox")
		p.Key("ctrl+a")
		p.Type(name)
		if name == "portal" {
			shot("form")
		}
		p.Key("ctrl+Return")
	}

	p.WaitText(30*time.Second, "No sandbox yet")
	shot("empty")
	create("portal")
	p.Key("ctrl+4")
	p.WaitText(30*time.Second, "Activity")
	time.Sleep(8 * time.Second) // some way into the build
	shot("activity")
	p.Eventually(firstStart, "portal to be healthy", func() bool { _, _, ok := running("portal"); return ok })
	create("notes")
	p.Eventually(time.Minute, "notes to be healthy", func() bool { _, _, ok := running("notes"); return ok })
	port, password, _ := running("portal")
	for _, title := range []string{"Move the sign-in to passkeys", "Why is the second page slow?", "Tests for the importer"} {
		makeSession(t, port, password, title)
	}
	for range 2 { // the notices about the release host and about the keyring that this desktop does not have
		p.Key("ctrl+k")
		p.Type("dismiss the notice")
		p.Key("Return")
	}
	p.Key("ctrl+1", "ctrl+k")
	p.Type("show portal")
	p.Key("Return")
	p.WaitText(time.Minute, "portal", "Healthy")
	p.Key("ctrl+shift+2")
	p.WaitText(30*time.Second, "Container")
	shot("details")
	p.Key("ctrl+shift+1")
	time.Sleep(15 * time.Second) // the graphs of CPU fill
	shot("sandboxes")
	p.Key("ctrl+shift+3")
	p.WaitText(30*time.Second, "passkeys")
	shot("sessions")
	p.Key("ctrl+shift+f")
	p.Type("opencode")
	shot("search")
	p.Key("Escape", "Escape", "ctrl+1", "e")
	p.WaitText(30*time.Second, "Edit portal")
	p.Key("ctrl+a")
	p.Type("2 GiB")
	shot("edit")
	p.Key("Escape", "Delete")
	p.WaitText(30*time.Second, "Remove portal")
	shot("remove")
	p.Key("Escape", "ctrl+k")
	p.Type("re")
	shot("palette")
	p.Key("Escape", "F1")
	p.WaitText(30*time.Second, "Shortcuts")
	shot("shortcuts")
	p.Key("Escape", "ctrl+2")
	p.WaitText(30*time.Second, "Images")
	shot("images")
	p.Key("ctrl+3")
	p.WaitText(30*time.Second, "Volumes", "opencode-session-portal")
	p.WaitText(time.Minute, "min ago") // measured
	shot("volumes")
	p.Key("ctrl+1", "b")
	p.WaitText(30*time.Second, "Back up")
	p.Key("Tab", "ctrl+a")
	p.Type("/srv/backups") // as a person's folder may be called, and not as a test's is
	shot("backup")
	p.Key("Escape")
	p.Key("ctrl+comma")
	p.WaitText(30*time.Second, "Settings")
	p.Key("ctrl+k")
	p.Type("rollback points to keep")
	p.Key("Return")
	shot("settings")
	p.Key("ctrl+1", "ctrl+e")
	shot("engines")
	p.Key("Escape", "ctrl+shift+d")
	p.WaitText(30*time.Second, "Diagnostics", "This computer")
	shot("diagnostics")

	end(t, p)
	settings, err := config.Open(filepath.Join(p.Home, "config"))
	if err != nil {
		t.Fatal(err)
	}
	light := settings.Settings()
	light.Window.Theme = "light"
	if err := settings.Save(light); err != nil {
		t.Fatal(err)
	}
	p = launchOn(t, desk, path, e.Host)
	p.WaitWindow("Berth")
	p.WaitText(time.Minute, "portal", "Healthy")
	time.Sleep(15 * time.Second) // the graphs of CPU fill
	shot("sandboxes-light")
	end(t, p)

	p = launchOn(t, desk, path, "unix:///nowhere/docker.sock")
	p.WaitWindow("Berth")
	p.WaitText(time.Minute, "Docker")
	shot("welcome")
	for _, name := range []string{"portal", "notes"} {
		if err := e.Client.ContainerRemove(context.Background(), "berth-"+name, container.RemoveOptions{Force: true}); err != nil {
			t.Error(err)
		}
	}
}

// end ends the program as a person who logs out does.
func end(t *testing.T, p *program) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.waitEnd(t, 20*time.Second)
}

// makeSession makes a session in the opencode of a sandbox.
func makeSession(t *testing.T, port, password, title string) {
	t.Helper()
	address := "http://127.0.0.1:" + port + "/session?directory=" + url.QueryEscape("/workspace")
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(fmt.Sprintf(`{"title":%q}`, title)))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("opencode", password)
	req.Header.Set("Content-Type", "application/json")
	res, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // it was read or is not wanted
	if res.StatusCode != http.StatusOK {
		t.Fatalf("a session: %s", res.Status)
	}
}
