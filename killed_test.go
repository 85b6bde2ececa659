package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/volume"

	"berth/engine/backup"
	"berth/engine/config"
	"berth/engine/enginetest"
	"berth/ui/desktoptest"
)

// kill ends the program as nobody can see coming.
func (p *program) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.ended //nolint:errcheck // it was killed
}

// A real kill in the middle of the first start: between the container and opencode's health.
func TestABerthThatIsKilledWhileItMakesASandboxIsFollowedByOneThatFinishesIt(t *testing.T) {
	enginetest.Slow(t)
	e := enginetest.Shared(t)
	enginetest.RemoveSandbox(t, e, "default")
	path, desk := build(t, ""), desktoptest.New(t, 1280, 800)
	first := launchOn(t, desk, path, e.Host, "--start")
	first.Eventually(firstStart, "the container to be made", func() bool { return inspect(e.Client) != nil })
	first.kill(t)

	second := launchOn(t, desk, path, e.Host, "--start")
	second.WaitWindow("Berth")
	second.Eventually(firstStart, "the sandbox to run", func() bool { return running(e.Client) })
	second.WaitText(time.Minute, "default", "Healthy")
	if all := e.Containers(t, "berth-default"); len(all) != 1 {
		t.Errorf("the containers are %q", all)
	}
	end(t, second)
}

// set changes the settings of the Berths on a desktop before one is started.
func set(t *testing.T, desk *desktoptest.Desktop, change func(*config.Settings)) {
	t.Helper()
	store, err := config.Open(filepath.Join(desk.Home, "config"))
	if err != nil {
		t.Fatal(err)
	}
	s := store.Settings()
	change(&s)
	if err := store.Save(s); err != nil {
		t.Fatal(err)
	}
}

// startDefault starts a Berth with its default sandbox, and waits until that is healthy.
func startDefault(t *testing.T, desk *desktoptest.Desktop, path string, e *enginetest.Engine) *program {
	t.Helper()
	p := launchOn(t, desk, path, e.Host, "--start")
	p.WaitWindow("Berth")
	p.Eventually(firstStart, "the sandbox to run", func() bool { return running(e.Client) })
	p.WaitText(time.Minute, "default", "Healthy")
	return p
}

// press chooses the default sandbox, whatever else the engine has, and presses a key for it.
func (p *program) press(key string) {
	p.Key("ctrl+k")
	p.Type("show default")
	p.Key("Return")
	p.WaitText(40*time.Second, "default healthy for") // as what is chosen is headed
	p.Key(key)
}

// atWork are the containers that are there for the default sandbox beside its own: set aside, half made, a lease, a helper.
func atWork(t *testing.T, e *enginetest.Engine) []string {
	t.Helper()
	list, err := e.Client.ContainerList(t.Context(), container.ListOptions{All: true})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range list {
		own := len(c.Names) > 0 && c.Names[0] == "/berth-default"
		if !own && (c.Labels["app.berth.sandbox"] == "default" || c.Labels["app.berth.helper"] == "default") {
			names = append(names, strings.Join(c.Names, " "))
		}
	}
	return names
}

// A real kill while a backup is written: there is no backup, the sandbox runs on, and the next one is whole.
func TestABerthThatIsKilledWhileItBacksUpLeavesNoBackupAndTheSandboxAtWork(t *testing.T) {
	enginetest.Slow(t)
	e := enginetest.Shared(t)
	enginetest.RemoveSandbox(t, e, "default")
	path, desk := build(t, ""), desktoptest.New(t, 1280, 800)
	dir := filepath.Join(desk.Home, "backups")
	set(t, desk, func(s *config.Settings) { s.Backup.Folder = dir })
	kept := func() (names []string) {
		files, _ := os.ReadDir(dir) // it is made with the first backup
		for _, file := range files {
			names = append(names, file.Name())
		}
		return names
	}
	first := startDefault(t, desk, path, e)
	e.Sh(t, "berth-default", "head -c 500000000 /dev/urandom >/workspace/large") // that takes some seconds
	first.press("ctrl+shift+b")
	enginetest.Eventually(t, time.Minute, "the backup to be half written", func() bool {
		files := kept()
		if len(files) != 1 {
			return false
		}
		info, err := os.Stat(filepath.Join(dir, files[0]))
		return err == nil && info.Size() > 50_000_000
	})
	first.kill(t)
	half := kept()
	if len(half) != 1 || !strings.HasPrefix(half[0], ".") {
		t.Fatalf("after the kill there are %q", half)
	}

	second := launchOn(t, desk, path, e.Host)
	second.WaitWindow("Berth")
	second.WaitText(time.Minute, "default", "Healthy")
	second.Eventually(time.Minute, "nothing to be at work", func() bool { return len(atWork(t, e)) == 0 })
	if got := inspect(e.Client); !got.State.Running || got.State.Paused {
		t.Errorf("the sandbox is %+v", got.State)
	}
	long := time.Now().Add(-25 * time.Hour) // when somebody could still be writing it, it stays
	if err := os.Chtimes(filepath.Join(dir, half[0]), long, long); err != nil {
		t.Fatal(err)
	}
	second.press("ctrl+shift+b")
	second.Eventually(2*time.Minute, "a whole backup alone", func() bool {
		files := kept()
		return len(files) == 1 && strings.HasSuffix(files[0], backup.Extension)
	})
	if _, err := backup.Verify(t.Context(), filepath.Join(dir, kept()[0]), nil); err != nil {
		t.Error(err)
	}
	end(t, second)
}

// A real kill while a sandbox is updated: after the old container was set aside, before the new one is healthy. The next Berth
// finishes it, or takes it back; the sandbox is whole either way.
func TestABerthThatIsKilledWhileItUpdatesIsFollowedByOneWithAWholeSandbox(t *testing.T) {
	enginetest.Slow(t)
	e := enginetest.Shared(t)
	enginetest.RemoveSandbox(t, e, "default")
	path, desk := build(t, ""), desktoptest.New(t, 1280, 800)
	name := enginetest.Name(t)
	ref := enginetest.Registry(t) + "/" + name + ":1"
	zero := startDefault(t, desk, path, e) // has the image built where there is none
	base := inspect(e.Client).Image
	end(t, zero)
	enginetest.RemoveSandbox(t, e, "default")
	versions := []string{"1.18.30", "1.18.31"}
	for _, version := range versions {
		e.Variant(t, base, "localhost/"+name+":"+version, version, "")
	}
	t.Cleanup(func() { removeUpdates(e, ref) })
	enginetest.Push(t, e, "localhost/"+name+":"+versions[0], ref)
	set(t, desk, func(s *config.Settings) { s.Image.Source, s.Image.References = config.SourcePull, []string{ref} })
	first := startDefault(t, desk, path, e)
	if got := opencodeOf(e); got != versions[0] {
		t.Fatalf("it begins with %s", got)
	}
	port, password := portAndPassword(inspect(e.Client))
	makeSession(t, port, password, "from before the update")
	enginetest.Push(t, e, "localhost/"+name+":"+versions[1], ref)
	first.press("u")
	first.WaitText(40*time.Second, "Update default?")
	first.Key("ctrl+Return")
	aside := func() bool { return slices.Contains(atWork(t, e), "/berth-default.old") }
	enginetest.Eventually(t, 2*time.Minute, "the old container to be set aside", aside)
	first.kill(t)
	if !aside() {
		t.Fatal("it was done before the kill")
	}

	second := launchOn(t, desk, path, e.Host)
	second.WaitWindow("Berth")
	second.Eventually(3*time.Minute, "one sandbox that runs", func() bool { return len(atWork(t, e)) == 0 && running(e.Client) })
	second.WaitText(time.Minute, "default", "Healthy")
	if got := opencodeOf(e); !slices.Contains(versions, got) {
		t.Errorf("it has opencode %q", got)
	}
	port, password = portAndPassword(inspect(e.Client))
	if got := sessions(t, port, password); !strings.Contains(got, "from before the update") {
		t.Errorf("its sessions are %s", got)
	}
	end(t, second)
}

// opencodeOf is the version of opencode that the default sandbox's image names.
func opencodeOf(e *enginetest.Engine) string {
	return inspect(e.Client).Config.Labels["app.berth.opencode"]
}

// sessions are the sessions of a sandbox's opencode, as it lists them.
func sessions(t *testing.T, port, password string) string {
	t.Helper()
	address := "http://127.0.0.1:" + port + "/session?directory=" + url.QueryEscape("/workspace")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("opencode", password)
	res, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v", res.Status, err)
	}
	return string(text)
}

// removeUpdates removes what updates of the default sandbox leave beside it: the containers, the rollback points with their
// images, and the image of that reference. What stays is told by whoever looks at the engine.
func removeUpdates(e *enginetest.Engine, ref string) {
	ctx := context.Background()
	own := filters.NewArgs(filters.Arg("label", "app.berth.sandbox=default"))
	containers, _ := e.Client.ContainerList(ctx, container.ListOptions{All: true, Filters: own})
	for _, c := range containers {
		_ = e.Client.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true})
	}
	volumes, _ := e.Client.VolumeList(ctx, volume.ListOptions{Filters: own})
	for _, v := range volumes.Volumes {
		_ = e.Client.VolumeRemove(ctx, v.Name, true)
	}
	repository := strings.TrimSuffix(ref, ":1")
	images, _ := e.Client.ImageList(ctx, image.ListOptions{})
	for _, i := range images {
		for _, name := range append(i.RepoTags, i.RepoDigests...) { // the older one's tag has gone to the newer one
			if strings.HasPrefix(name, repository) || strings.HasPrefix(name, "berth/kept:default-") {
				_, _ = e.Client.ImageRemove(ctx, name, image.RemoveOptions{Force: true})
			}
		}
	}
}
