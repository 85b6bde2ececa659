package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	dockervolume "github.com/docker/docker/api/types/volume"

	"berth/engine/enginetest"
	"berth/ui/desktoptest"
)

// browser is a program in the place of the one that opens addresses: it writes down what it was given.
const browser = `#!/bin/sh
{ printf '%s\n' "$@"; env; sleep 0.2; } >>"$HOME/opened"
`

// Searches every byte that Berth writes, and what its children are told, for the secrets that it handles: a provider's key that
// is typed into its window, and the passwords of the sandbox before and after it is given a new one.
func TestNoSecretIsInWhatBerthWritesOrTellsItsChildren(t *testing.T) {
	enginetest.Slow(t)
	e := enginetest.Shared(t)
	enginetest.RemoveSandbox(t, e, "default")
	d := desktoptest.New(t, 1280, 800)
	bin := filepath.Join(d.Home, "bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte(browser), 0o700); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	p := launchOn(t, d, build(t, ""), e.Host, "--start")
	children := watchChildren(t, p.cmd.Process.Pid)
	p.WaitWindow("Berth")
	secret := func() (port, password string) {
		if got := inspect(e.Client); got != nil && len(got.HostConfig.PortBindings["4096/tcp"]) == 1 {
			return portAndPassword(got)
		}
		return "", ""
	}
	healthy := func() bool {
		port, password := secret()
		return password != "" && health(port, password) == http.StatusOK
	}
	p.Eventually(firstStart, "the sandbox to be healthy", healthy)
	port, first := secret()
	p.WaitText(time.Minute, "default", "Healthy")

	const key = "sk-planted-4f6b1c"
	p.Key("k")
	p.WaitText(40*time.Second, "Provider keys of default")
	p.Type("anthropic")
	p.WaitText(2*time.Minute, "Key of Anthropic")
	p.Key("Return")
	p.Type(key)
	picture(t, p, "keys.png")
	p.Key("ctrl+Return")
	kept := filepath.Join(d.Home, "config", "secrets.json")
	p.Eventually(time.Minute, "the key to be kept", func() bool {
		text, err := os.ReadFile(kept)
		return err == nil && strings.Contains(string(text), key)
	})
	if info, err := os.Stat(kept); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	p.WaitText(40*time.Second, "has a key")
	picture(t, p, "keys-set.png")
	p.Key("Escape")

	p.Key("ctrl+k")
	p.Type("new password")
	p.Key("Return")
	p.WaitText(40*time.Second, "Give default a new password?")
	p.Key("Return")
	p.Eventually(2*time.Minute, "the new password", func() bool {
		_, now := secret()
		return now != "" && now != first && healthy()
	})
	_, second := secret()
	if got := health(port, first); got != http.StatusUnauthorized {
		t.Errorf("the old password is answered %d", got)
	}
	p.WaitText(time.Minute, "Healthy")
	p.Key("Return") // opens it
	p.Eventually(time.Minute, "the browser", func() bool {
		text, err := os.ReadFile(filepath.Join(d.Home, "opened"))
		return err == nil && strings.Contains(string(text), "http://127.0.0.1:")
	})
	p.Key("ctrl+4")
	p.WaitText(40*time.Second, "Changing the password of default")
	p.Key("ctrl+comma")
	p.WaitText(40*time.Second, "Passwords and keys")
	picture(t, p, "secret-place.png")
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.waitEnd(t, 10*time.Second)

	secrets := map[string]string{"the key": key}
	for name, password := range map[string]string{"the first password": first, "the second password": second} {
		secrets[name] = password
		token := base64.StdEncoding.EncodeToString([]byte("opencode:" + password))
		secrets[name+" as a token"], secrets[name+" as an escaped token"] = token, url.QueryEscape(token)
	}
	search := func(where string, text []byte) {
		t.Helper()
		for name, secret := range secrets {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s is in %s", name, where)
			}
		}
	}
	search("its output", []byte(p.output.String()))
	told := children()
	if !slices.ContainsFunc(told, func(s string) bool { return strings.Contains(s, "xdg-open") }) {
		t.Error("the browser was not seen among its children, so nothing is proven of them")
	}
	for _, one := range told {
		search("what a process was told", []byte(one))
	}
	files := 0
	err := filepath.WalkDir(d.Home, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || path == kept {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil {
			files++
			search(path, text)
		}
		return err
	})
	if err != nil || files < 4 { // the settings, the log, the index of secrets, what the browser was told
		t.Errorf("%d files were searched, %v", files, err)
	}
	got := inspect(e.Client)
	search("a label of the container", []byte(fmt.Sprint(got.Config.Labels)))
	got.Config.Env = slices.DeleteFunc(got.Config.Env, func(kv string) bool { return strings.HasPrefix(kv, "OPENCODE_SERVER_PASSWORD=") })
	search("docker inspect", []byte(fmt.Sprintf("%+v %+v %+v", got.ContainerJSONBase, got.Config, got.HostConfig)))
	volumes, err := e.Client.VolumeList(context.Background(), dockervolume.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range volumes.Volumes {
		search("a label of "+v.Name, []byte(fmt.Sprint(v.Labels)))
	}
}

// watchChildren notes what a process and its descendants are told in arguments and environment, as long as the test lasts. What
// it gives ends that.
func watchChildren(t *testing.T, root int) func() []string {
	t.Helper()
	end, over := make(chan struct{}), make(chan struct{})
	told := map[string]bool{}
	go func() {
		defer close(over)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			noteFamily(root, told)
			select {
			case <-tick.C:
			case <-end:
				return
			}
		}
	}()
	var all []string
	stop := func() []string {
		if all == nil {
			close(end)
			<-over
			all = []string{}
			for one := range told {
				all = append(all, one)
			}
		}
		return all
	}
	t.Cleanup(func() { stop() })
	return stop
}

// noteFamily adds what the process and its descendants are told.
func noteFamily(root int, told map[string]bool) {
	for family, i := []int{root}, 0; i < len(family); i++ {
		dir := "/proc/" + strconv.Itoa(family[i])
		cmdline, _ := os.ReadFile(dir + "/cmdline") // a process that is gone tells nothing
		environ, _ := os.ReadFile(dir + "/environ")
		if len(cmdline)+len(environ) > 0 {
			told[string(cmdline)+"\x00"+string(environ)] = true
		}
		lists, _ := filepath.Glob(dir + "/task/*/children")
		for _, list := range lists {
			text, _ := os.ReadFile(list)
			for _, child := range strings.Fields(string(text)) {
				if pid, err := strconv.Atoi(child); err == nil {
					family = append(family, pid)
				}
			}
		}
	}
}
