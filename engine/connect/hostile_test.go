package connect

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"berth/engine/fault"
)

func TestAHostThatSSHCouldTakeForAnOptionIsRefusedWhereverItComesFrom(t *testing.T) {
	for _, host := range []string{
		"ssh://-oProxyCommand=x", "ssh://ann@-oProxyCommand=x", "ssh://-lroot@lab", "ssh://a%20b@lab", "ssh://a;b@lab", "ssh://$(x)@lab", "ssh://a`x`@lab",
		"ssh://ann@lab;x", "ssh://ann@lab$(x)", "ssh://ann@lab&x", "ssh://ann@%6Cab%0Ax", "ssh://ann@lab|x",
	} {
		if got, err := parseHost(host, "linux"); err == nil {
			t.Errorf("%s is taken as %s", host, got)
		}
		home := t.TempDir()
		addContext(t, home, "lab", host)
		for from, w := range map[string]Where{
			"DOCKER_HOST": at("linux", home, map[string]string{"DOCKER_HOST": host}),
			"a context":   at("linux", home, nil),
			"by hand":     given(at("linux", t.TempDir(), nil), Address{Name: "mine", Host: host}),
		} {
			i := slices.IndexFunc(Discover(w), func(ep Endpoint) bool { return strings.Contains(ep.Host, "ssh:") || ep.Err != nil })
			if i < 0 || Discover(w)[i].Err == nil {
				t.Errorf("%s from %s is offered: %+v", host, from, i)
			}
		}
	}
	for _, host := range []string{"ssh://lab", "ssh://ann@lab.example.com:2222", "ssh://ann.b-c_d@192.0.2.1/run/x.sock", "ssh://ann@[::1]:22", "ssh://ann+x@my_host"} {
		if _, err := parseHost(host, "linux"); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// TestNothingOfAHostIsAnOptionOfSSH looks at what the ssh program is started with, also for a host that got past the check.
func TestNothingOfAHostIsAnOptionOfSSH(t *testing.T) {
	dir := t.TempDir()
	said := filepath.Join(dir, "said")
	script := "#!/bin/sh\nfor a in \"$@\"; do echo \"$a\"; done >\"" + said + ".new\"\nmv \"" + said + ".new\" \"" + said + "\"\n"
	if err := os.WriteFile(filepath.Join(dir, "ssh"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	w := Where{GOOS: "linux", Env: func(name string) string {
		if name == "PATH" {
			return dir
		}
		return ""
	}}
	for host, target := range map[string]string{"ssh://ann@lab:2222": "lab", "ssh://ann@-oProxyCommand=x": "-oProxyCommand=x", "ssh://-v@lab/a;b.sock": "lab"} {
		ways := map[string]func() error{
			"the engine": func() error {
				cli, err := Dial(Endpoint{Name: "x", Host: host}, w)
				if err != nil {
					return err
				}
				defer func() { _ = cli.Close() }()
				_, err = cli.Ping(t.Context())
				return err
			},
			"a port": func() error {
				conn, err := PortDialer(Endpoint{Name: "x", Host: host}, w)(t.Context(), "tcp", "-oProxyCommand=y:1")
				if err == nil {
					_, err = conn.Read(make([]byte, 1)) // the program has ended when there is no more
					_ = conn.Close()
				}
				return err
			},
		}
		for way, do := range ways {
			_ = os.Remove(said)
			if err := do(); err == nil {
				t.Error("a program that says nothing was an engine")
			}
			text, err := os.ReadFile(said)
			if err != nil {
				t.Fatal(err)
			}
			args := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
			end := slices.Index(args, "--")
			if end < 0 || end+1 >= len(args) || strings.Trim(args[end+1], "'") != target {
				t.Fatalf("%s of %s: %q", way, host, args)
			}
			for i, arg := range args[:end] { // what of a host or a port stands before is the value of an option
				if (strings.HasPrefix(arg, "-oProxy") || arg == "-v") && !slices.Contains([]string{"-W", "-l"}, args[i-1]) {
					t.Errorf("%s of %s: %q", way, host, args)
				}
			}
		}
	}
}

func TestAPortOfAFarEngineIsNotTakenForOneHere(t *testing.T) {
	for _, host := range []string{"tcp://192.0.2.1:2376", "tcp://lab:2375"} {
		dial := PortDialer(Endpoint{Name: "lab", Host: host}, Where{})
		if dial == nil {
			t.Fatalf("a port of %s is dialled on this computer", host)
		}
		if _, err := dial(t.Context(), "tcp", "127.0.0.1:4096"); fault.KindOf(err) != fault.Network {
			t.Errorf("%s: %v", host, err)
		}
	}
	if PortDialer(Endpoint{Host: "unix:///run/x.sock"}, Where{}) != nil {
		t.Error("a port of an engine here is not dialled")
	}
}
