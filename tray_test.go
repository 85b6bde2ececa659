package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth/engine/config"
	"berth/engine/enginetest"
	"berth/ui/desktoptest"
)

// noEngine is the address of none.
const noEngine = "unix:///nonexistent/docker.sock"

// fakeBrowser puts a program in the place of the one that opens addresses, for what is launched from now on. It gives the address that
// was opened last; "" when none was.
func fakeBrowser(t *testing.T) (opened func() string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "opened")
	script := "#!/bin/sh\nprintf %s \"$1\" >'" + file + ".part' && mv '" + file + ".part' '" + file + "'\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return func() string {
		address, _ := os.ReadFile(file) // it is not there before the first
		return string(address)
	}
}

// The menu is pressed over the session bus, as a panel does.
func TestTheTrayStartsAndStopsARealSandbox(t *testing.T) {
	e := enginetest.Shared(t)
	enginetest.RemoveSandbox(t, e, "default")
	desk := desktoptest.New(t, 1000, 700)
	host, opened := desk.Tray(), fakeBrowser(t)
	p := launchOn(t, desk, build(t, ""), e.Host, "--hidden")
	p.Eventually(30*time.Second, "the tray to show Berth", func() bool { _, ok := host.Find("No sandbox yet"); return ok })
	stopped := host.Icon()
	host.Press(30*time.Second, "Start default")
	p.Eventually(firstStart, "the sandbox to be healthy", func() bool { _, ok := host.Find("default · Healthy"); return ok && running(e.Client) })
	p.Eventually(10*time.Second, "the icon to be another", func() bool { return host.Icon() != stopped })

	host.Press(30*time.Second, "default", "Open in the browser")
	p.Eventually(30*time.Second, "a browser to be sent to it", func() bool { return opened() != "" })
	port, password := portAndPassword(inspect(e.Client))
	if strings.Contains(opened(), password) {
		t.Error("the password is in the browser's arguments")
	}
	res, err := (&http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}).Get(opened())
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Request.URL.Host != "127.0.0.1:"+port {
		t.Errorf("the browser is at %s and is answered %s", res.Request.URL.Host, res.Status)
	}
	if p.Shown("Berth") {
		t.Error("the window came along")
	}
	host.Press(30*time.Second, "default", "Logs")
	p.WaitWindow("Berth")
	p.WaitText(30*time.Second, "default", "listening")
	p.Key("alt+F4")
	p.Eventually(30*time.Second, "the window to go to the tray", func() bool { return !p.Shown("Berth") })

	host.Press(30*time.Second, "default", "Stop")
	p.Eventually(time.Minute, "the sandbox to be stopped", func() bool { _, ok := host.Find("default · Stopped"); return ok && !running(e.Client) })

	host.Press(30*time.Second, "Show Berth")
	p.WaitWindow("Berth")
	p.WaitText(30*time.Second, "default", "Stopped")
	p.Key("alt+F4")
	p.Eventually(30*time.Second, "the window to go to the tray", func() bool { return !p.Shown("Berth") })
	host.Press(30*time.Second, "Settings")
	p.WaitText(30*time.Second, "Look again")
	host.Press(30*time.Second, "Quit Berth")
	p.waitEnd(t, 20*time.Second)
}

func TestAWindowIsNotHiddenBehindATrayThatIsGone(t *testing.T) {
	e := enginetest.Shared(t)
	desk := desktoptest.New(t, 1000, 700)
	host := desk.Tray()
	p := launchOn(t, desk, build(t, ""), e.Host)
	p.WaitWindow("Berth")
	p.Eventually(30*time.Second, "the tray to show Berth", func() bool { return len(host.Menu()) > 0 })
	host.Leave()
	p.Key("alt+F4")
	p.waitEnd(t, 20*time.Second)
}

// A panel that crashes takes the icon of a hidden window with it.
func TestAWindowBehindATrayThatGoesAwayComesBack(t *testing.T) {
	e := enginetest.Shared(t)
	desk := desktoptest.New(t, 1000, 700)
	host := desk.Tray()
	p := launchOn(t, desk, build(t, ""), e.Host, "--hidden")
	p.Eventually(30*time.Second, "the tray to show Berth", func() bool { return len(host.Menu()) > 0 })
	if p.Shown("Berth") {
		t.Error("it is not hidden")
	}
	host.Leave()
	p.WaitWindow("Berth")
	p.WaitText(30*time.Second, "no tray icons")

	// The panel is back: so is the icon, and closing the window hides it again.
	host = desk.Tray()
	p.Eventually(30*time.Second, "the new tray to show Berth", func() bool { return len(host.Menu()) > 0 })
	p.Key("alt+F4")
	p.Eventually(30*time.Second, "the window to go to the tray", func() bool { return !p.Shown("Berth") })
	host.Press(30*time.Second, "Quit Berth")
	p.waitEnd(t, 20*time.Second)
}

// At login the panel may start after Berth.
func TestAHiddenStartWaitsForThePanel(t *testing.T) {
	e := enginetest.Shared(t)
	desk := desktoptest.New(t, 1000, 700)
	p := launchOn(t, desk, build(t, ""), e.Host, "--hidden")
	p.Eventually(30*time.Second, "it to run without a tray", func() bool { return strings.Contains(p.output.String(), "failed to register") })
	host := desk.Tray()
	p.Eventually(30*time.Second, "the tray to show Berth", func() bool { return len(host.Menu()) > 0 })
	if p.Shown("Berth") {
		t.Error("it is not hidden")
	}
	host.Press(30*time.Second, "Quit Berth")
	p.waitEnd(t, 20*time.Second)
}

// A desktop that shows no tray icons is known only by waiting: the panel may be late.
func TestAHiddenWindowComesWhereNoTrayEverDoes(t *testing.T) {
	enginetest.Slow(t)
	desk := desktoptest.New(t, 1000, 700)
	path, began := build(t, ""), time.Now()
	p := launchOn(t, desk, path, noEngine, "--hidden")
	p.WaitWindow("Berth")
	if waited := time.Since(began); waited < 15*time.Second {
		t.Errorf("it came after %v, too soon for a panel that is late", waited)
	}
	p.WaitText(30*time.Second, "no tray icons")
	p.Key("alt+F4")
	p.waitEnd(t, 20*time.Second)
}

func TestAHiddenStartWithoutASessionBusShowsTheWindowAtOnce(t *testing.T) {
	desk := desktoptest.New(t, 1000, 700)
	desk.KillBus()
	path, began := build(t, ""), time.Now()
	p := launchOn(t, desk, path, noEngine, "--hidden")
	p.WaitWindow("Berth")
	if waited := time.Since(began); waited >= 15*time.Second {
		t.Errorf("it waited %v for a tray that cannot come", waited)
	}
	p.WaitText(30*time.Second, "No Docker engine was found")
	p.Key("alt+F4")
	p.waitEnd(t, 20*time.Second)
}

// The bus takes the icon along, and the window's way to know of trays. The next change of the icon goes to a dead connection.
func TestAHiddenWindowOutlivesItsSessionBus(t *testing.T) {
	enginetest.Slow(t)
	e := enginetest.Shared(t)
	version, err := e.Client.ServerVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	number, _, _ := strings.Cut(version.Version, "+")
	wire := enginetest.Proxy(t, "unix", strings.TrimPrefix(e.Host, "unix://"))
	desk := desktoptest.New(t, 1000, 700)
	host := desk.Tray()
	p := launchOn(t, desk, build(t, ""), "tcp://"+wire.Addr(), "--hidden")
	p.Eventually(30*time.Second, "the tray to show an engine", func() bool { _, none := host.Find("No engine"); return len(host.Menu()) > 0 && !none })
	desk.KillBus()
	p.WaitWindow("Berth")
	p.WaitText(30*time.Second, "no tray icons")

	wire.Refuse(true)
	wire.CutAll()
	p.WaitText(30*time.Second, "Engine lost")
	wire.Refuse(false)
	p.WaitText(30*time.Second, "Docker "+number)
	p.Key("alt+F4")
	p.waitEnd(t, 20*time.Second)
}

// Closing hides the window, which is said the first time; or it quits, where the settings say so.
func TestClosingGoesToTheTrayAndSaysSoOnceOrQuitsAsTheSettingsSay(t *testing.T) {
	e := enginetest.Shared(t)
	desk := desktoptest.New(t, 1000, 700)
	host, service := desk.Tray(), desk.Notifications()
	path := build(t, "")
	p := launchOn(t, desk, path, e.Host)
	hidden := func() bool { return !p.Shown("Berth") }
	for range 2 {
		p.WaitWindow("Berth")
		p.Eventually(30*time.Second, "the tray to show Berth", func() bool { return len(host.Menu()) > 0 })
		p.Key("alt+F4")
		p.Eventually(30*time.Second, "the window to go to the tray", hidden)
		p.Eventually(30*time.Second, "it to be said", func() bool { return len(service.Shown()) > 0 })
		host.Press(30*time.Second, "Show Berth")
	}
	if all := service.Shown(); len(all) != 1 || !strings.Contains(all[0].Title, "goes on in the tray") {
		t.Errorf("it was said %+v", all)
	}
	host.Press(30*time.Second, "Quit Berth")
	p.waitEnd(t, 20*time.Second)

	store, err := config.Open(filepath.Join(p.Home, "config"))
	if err != nil {
		t.Fatal(err)
	}
	settings := store.Settings()
	if !settings.Window.TraySaid {
		t.Error("that it was said is forgotten")
	}
	settings.Window.CloseQuits = true
	if err := store.Save(settings); err != nil {
		t.Fatal(err)
	}
	p = launchOn(t, desk, path, e.Host)
	p.WaitWindow("Berth")
	p.Eventually(30*time.Second, "the tray to show Berth", func() bool { return len(host.Menu()) > 0 })
	p.Key("alt+F4")
	p.waitEnd(t, 20*time.Second)
}
