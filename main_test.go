package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"berth/engine/enginetest"
)

// The first start of a machine builds the image: a download of some hundred MB.
const firstStart = 10 * time.Minute

// inspect gives the default sandbox's container; nil while there is none.
func inspect(cli *client.Client) *container.InspectResponse {
	got, err := cli.ContainerInspect(context.Background(), "berth-default")
	if err != nil {
		return nil
	}
	return &got
}

func running(cli *client.Client) bool {
	got := inspect(cli)
	return got != nil && got.State.Running
}

// health asks the published port for opencode's health and gives the status; 0 when nothing answers.
func health(port, password string) int {
	req, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:"+port+"/global/health", http.NoBody)
	if err != nil {
		return 0
	}
	if password != "" {
		req.SetBasicAuth("opencode", password)
	}
	res, err := (&http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return 0
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// The program is built without the release tag here, so that Fyne reports each call from a wrong goroutine.
func TestFromDoubleClickToAHealthySandboxAndBack(t *testing.T) {
	e := enginetest.Shared(t)
	enginetest.RemoveSandbox(t, e, "default")
	p := launch(t, build(t, ""), e.Host, "--start")
	window := p.WaitWindow("Berth")
	if window == "" {
		t.Fatal("no window")
	}
	p.Eventually(firstStart, "the container to run", func() bool { return running(e.Client) })
	got := inspect(e.Client)
	port, password := checkContract(t, e, got)
	p.Eventually(time.Minute, "opencode to be healthy", func() bool { return health(port, password) == http.StatusOK })
	if status := health(port, ""); status != http.StatusUnauthorized {
		t.Errorf("without the password it answers %d, want 401", status)
	}
	p.WaitText(time.Minute, "default", "Healthy", "127.0.0.1:"+port, "1.18.33")
	p.WaitText(time.Minute, "listening") // the log's words
	picture(t, p, "sandboxes.png")
	if strings.Contains(p.output.String(), password) {
		t.Error("the password is in the program's output")
	}
	if log, err := os.ReadFile(filepath.Join(p.Home, "state", "berth", "berth.log")); err != nil || bytes.Contains(log, []byte(password)) {
		t.Errorf("the app log holds the password, or none was written: %v", err)
	}

	p.Key("t")
	p.Eventually(20*time.Second, "the key for Stop to stop it", func() bool {
		got := inspect(e.Client)
		return got != nil && got.State.Status == "exited" // Podman calls one that is about to end "stopping"
	})
	if stopped := inspect(e.Client); stopped.State.ExitCode != 143 {
		t.Errorf("it ended with %d, want 143", stopped.State.ExitCode)
	}
	p.WaitText(40*time.Second, "Stopped")
	p.Key("s")
	p.Eventually(time.Minute, "the key for Start to start it", func() bool {
		got := inspect(e.Client)
		if got == nil || len(got.HostConfig.PortBindings["4096/tcp"]) == 0 {
			return false
		}
		port, password := portAndPassword(got) // another port, when somebody took the one that was free meanwhile
		return health(port, password) == http.StatusOK
	})
	p.WaitText(40*time.Second, "Healthy")

	p.Key("alt+F4")
	p.waitEnd(t, 10*time.Second)
	if !running(e.Client) {
		t.Error("closing Berth stopped the sandbox")
	}
	if strings.Contains(p.output.String(), "Error in Fyne call thread") {
		t.Error("the window was touched from a wrong goroutine")
	}
}

// checkContract compares the container with the outside contract of the README, and gives its port and password. Engines write down
// the same container in different ways: what can be seen from inside is looked at there.
func checkContract(t *testing.T, e *enginetest.Engine, c *container.InspectResponse) (port, password string) {
	t.Helper()
	if c.Name != "/berth-default" || c.Config.Labels["app.berth.sandbox"] != "default" || c.Config.Labels["app.berth.schema"] != "1" ||
		!strings.Contains(c.Config.Labels["app.berth.spec"], `"name":"default"`) {
		t.Errorf("name %s, labels %v", c.Name, c.Config.Labels)
	}
	mounts := map[string]string{}
	for _, m := range c.Mounts {
		mounts[m.Destination] = m.Name
	}
	for target, volume := range map[string]string{
		"/home/opencode/.local": "opencode-session", "/home/opencode/.config": "opencode-config", "/workspace": "opencode-projects",
	} {
		if mounts[target] != volume {
			t.Errorf("on %s is %q, want %s", target, mounts[target], volume)
		}
	}
	bindings := c.HostConfig.PortBindings["4096/tcp"]
	if len(bindings) != 1 || bindings[0].HostIP != "127.0.0.1" {
		t.Fatalf("published %v", c.HostConfig.PortBindings)
	}
	h := c.HostConfig
	if c.Config.User != "1000:1000" || h.Privileged || len(h.CapAdd) != 0 ||
		!strings.Contains(fmt.Sprint(h.SecurityOpt), "no-new-privileges") || h.PidsLimit == nil || *h.PidsLimit != 1024 ||
		h.Memory != 4<<30 || h.MemorySwap != 4<<30 {
		t.Errorf("user %s, %+v", c.Config.User, h)
	}
	if networks := slices.Collect(maps.Keys(c.NetworkSettings.Networks)); !slices.Equal(networks, []string{"berth-default"}) {
		t.Errorf("its networks are %q", networks)
	}
	if kept := h.LogConfig.Config; kept != nil && (kept["max-size"] != "10m" || kept["max-file"] != "3") { // Podman tells of none
		t.Errorf("its log is kept by %v", kept)
	}
	e.Sh(t, c.ID, `grep -q '^CapBnd:\s*0*$' /proc/1/status && grep -q '^NoNewPrivs:\s*1$' /proc/1/status`)
	e.Sh(t, c.ID, `case $(cat /proc/1/comm) in docker-init | tini | catatonit) ;; *) cat /proc/1/comm && exit 1 ;; esac`) // opencode would reap nobody
	for _, m := range c.Mounts {
		if strings.Contains(m.Source, "docker.sock") {
			t.Error("the Docker socket is in the sandbox")
		}
	}
	for _, kv := range c.Config.Env {
		if value, ok := strings.CutPrefix(kv, "OPENCODE_SERVER_PASSWORD="); ok {
			password = value
		}
	}
	if len(password) < 32 {
		t.Errorf("the password has %d letters", len(password))
	}
	for name, value := range c.Config.Labels {
		if strings.Contains(value, password) {
			t.Errorf("the password is in the label %s", name)
		}
	}
	return bindings[0].HostPort, password
}

func TestEverythingCanBeDoneByKeyboardAlone(t *testing.T) {
	enginetest.Slow(t)
	e := enginetest.Shared(t)
	for _, name := range []string{"default", "portal"} {
		enginetest.RemoveSandbox(t, e, name)
	}
	p := launch(t, build(t, ""), e.Host)
	p.WaitWindow("Berth")
	p.WaitText(30*time.Second, "No sandbox yet")
	find := func(name string) *container.InspectResponse {
		got, err := e.Client.ContainerInspect(context.Background(), "berth-"+name)
		if err != nil {
			return nil
		}
		return &got
	}
	healthy := func(name string) bool {
		got := find(name)
		if got == nil || !got.State.Running || len(got.HostConfig.PortBindings["4096/tcp"]) == 0 {
			return false
		}
		_, password := portAndPassword(got)
		return health(got.HostConfig.PortBindings["4096/tcp"][0].HostPort, password) == http.StatusOK
	}

	// Create: the form begins at the name.
	p.Key("ctrl+n")
	p.WaitText(40*time.Second, "New sandbox", "It gets volumes")
	p.Key("ctrl+a")
	p.Type("Bad Name")
	picture(t, p, "form.png")
	p.Key("ctrl+Return") // does nothing, for the name cannot be used
	p.WaitText(40*time.Second, "New sandbox", "It gets volumes")
	p.Key("ctrl+a")
	p.Type("portal")
	p.Key("ctrl+Return")
	p.Eventually(firstStart, "the new sandbox to be healthy", func() bool { return healthy("portal") })
	p.WaitText(time.Minute, "portal", "Healthy")
	first := find("portal").ID

	// Edit: it begins at the memory.
	p.Key("e")
	p.WaitText(40*time.Second, "Edit portal")
	p.Key("ctrl+a")
	p.Type("2 GiB")
	p.WaitText(40*time.Second, "What will change")
	picture(t, p, "edit.png")
	p.Key("ctrl+Return")
	p.Eventually(time.Minute, "the sandbox to have more memory", func() bool {
		got := find("portal")
		return got != nil && got.ID != first && got.HostConfig.Memory == 2<<30 && healthy("portal")
	})
	p.WaitText(time.Minute, "Healthy")

	// Search the log.
	p.Key("ctrl+shift+f")
	p.Type("listening on")
	p.WaitText(40*time.Second, "2 of 2") // of the container before and the one after the change
	picture(t, p, "search.png")
	p.Key("Escape", "Escape")

	// Find a setting and set it.
	p.Key("ctrl+k")
	p.Type("sandboxes: memory")
	picture(t, p, "palette.png")
	p.Key("Return")
	p.WaitText(40*time.Second, "Settings", "New sandboxes")
	p.Key("ctrl+a")
	p.Type("10 MB")
	p.Key("Return") // changes nothing, for that is too little
	p.Key("ctrl+a")
	p.Type("6 GiB")
	p.Key("Return")
	settings := filepath.Join(p.Home, "config", "settings.json")
	p.Eventually(10*time.Second, "the setting to be saved", func() bool {
		text, err := os.ReadFile(settings)
		if strings.Contains(string(text), `"10`) {
			t.Error("a memory of 10 MB was saved")
		}
		return err == nil && strings.Contains(string(text), `"6g"`)
	})
	picture(t, p, "settings.png")

	// Shortcuts, images, and back home to remove it.
	p.Key("F1")
	p.WaitText(40*time.Second, "Shortcuts")
	p.Key("Escape", "ctrl+2")
	p.WaitText(40*time.Second, "berth/opencode:", "Used by")
	picture(t, p, "images.png")
	p.Key("ctrl+1", "Delete")
	p.WaitText(40*time.Second, "Remove portal?")
	p.Type("portal")
	p.Key("Return")
	p.Eventually(time.Minute, "the container to go", func() bool { return find("portal") == nil })
	if strings.Contains(p.output.String(), "Error in Fyne call thread") {
		t.Error("the window was touched from a wrong goroutine")
	}
}

// portAndPassword are those of a sandbox's container.
func portAndPassword(c *container.InspectResponse) (port, password string) {
	for _, kv := range c.Config.Env {
		if value, ok := strings.CutPrefix(kv, "OPENCODE_SERVER_PASSWORD="); ok {
			password = value
		}
	}
	return c.HostConfig.PortBindings["4096/tcp"][0].HostPort, password
}

func TestSIGTERMEndsItWithinTwoSeconds(t *testing.T) {
	e := enginetest.Shared(t)
	p := launch(t, build(t, ""), e.Host)
	p.WaitWindow("Berth")
	p.WaitText(30*time.Second, "Docker")
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.waitEnd(t, 2*time.Second)
}

func TestWithoutAnEngineTheWindowSaysWhatToDo(t *testing.T) {
	p := launch(t, build(t, ""), "unix:///nonexistent/docker.sock")
	p.WaitWindow("Berth")
	p.WaitText(30*time.Second, "No engine", "No Docker engine was found", "Try again")
	picture(t, p, "welcome.png")
}

// picture keeps what the screen shows in the folder that BERTH_SCREENSHOTS names, for people to look at.
func picture(t *testing.T, p *program, name string) {
	t.Helper()
	if dir := os.Getenv("BERTH_SCREENSHOTS"); dir != "" {
		p.Picture(filepath.Join(dir, name))
	}
}

func TestFlags(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		out  string // in what it prints
		ok   bool
	}{
		"version":           {[]string{"--version"}, "berth " + version + " (" + commit + ")\n", true},
		"help":              {[]string{"--help"}, "--start", true},
		"an unknown flag":   {[]string{"--nonsense"}, "nonsense", false},
		"a stray argument":  {[]string{"default"}, `unexpected argument "default"`, false},
		"a flag half typed": {[]string{"--config"}, "config", false},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := run(c.args, &out, &out)
			if ok := err == nil || errors.Is(err, flag.ErrHelp); ok != c.ok {
				t.Errorf("got %v", err)
			}
			if text := out.String() + fmt.Sprint(err); !strings.Contains(text, c.out) {
				t.Errorf("%q does not say %q", text, c.out)
			}
		})
	}
}
