package connect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/docker/docker/api"

	"berth/engine/fault"
)

// wantDiagnosis fails unless the error is of that kind, with a cause and a remedy.
func wantDiagnosis(t *testing.T, e *fault.Error, kind fault.Kind, command string) {
	t.Helper()
	if e == nil || e.Kind != kind {
		t.Fatalf("got %+v, want %s", e, kind)
	}
	if e.Why == "" || e.Remedy == "" || !strings.Contains(e.Command, command) {
		t.Errorf("why %q, remedy %q, command %q; want one with %q", e.Why, e.Remedy, e.Command, command)
	}
}

const debian = "ID=debian\n"

func withOS(w Where, release, groups string) Where {
	w.Read = func(path string) ([]byte, error) {
		switch path {
		case "/etc/os-release":
			return []byte(release), nil
		case "/etc/group":
			return []byte(groups), nil
		}
		return nil, fs.ErrNotExist
	}
	return w
}

func tryHost(t *testing.T, host string, w Where) *fault.Error {
	t.Helper()
	cli, _, err := Try(context.Background(), Endpoint{Name: "test", Host: host, Source: FromSocket}, w)
	if cli != nil {
		_ = cli.Close()
		t.Fatalf("%s answered", host)
	}
	return err
}

func TestNotInstalledSaysHowToInstall(t *testing.T) {
	dir := t.TempDir()
	w := withOS(at("linux", dir, map[string]string{"XDG_RUNTIME_DIR": dir}), debian, "")
	wantDiagnosis(t, tryHost(t, "unix://"+dir+"/docker.sock", w), fault.NoEngine, "apt-get install docker.io")
}

func TestInstalledAndNotRunningOffersTheStart(t *testing.T) {
	dir := t.TempDir()
	w := withOS(at("linux", dir, map[string]string{"XDG_RUNTIME_DIR": dir, "PATH": "/p"}, "/p/dockerd-rootless.sh"), debian, "")
	e := tryHost(t, "unix://"+dir+"/docker.sock", w)
	wantDiagnosis(t, e, fault.NotRunning, "systemctl --user start docker")
	if remedy, ok := StartCommand(e); !ok || strings.Join(remedy.Argv, " ") != "systemctl --user start docker" || remedy.Root {
		t.Errorf("start by %+v, %v", remedy, ok)
	}
	if e.Action != fault.StartEngine {
		t.Errorf("the action is %q", e.Action)
	}
}

func TestASocketNobodyListensOnIsAnEngineThatStopped(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.sock")
	l, err := net.Listen("unix", file)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = l.Close()
	wantDiagnosis(t, tryHost(t, "unix://"+file, at("linux", "", nil)), fault.NotRunning, "")
}

func TestAFileThatIsNoSocketIsABadEndpoint(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.sock")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantDiagnosis(t, tryHost(t, "unix://"+file, at("linux", "", nil)), fault.BadContext, "ls -l")
}

func TestAnEngineThatTakesConnectionsAndSaysNothingHangs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.sock")
	l, err := net.Listen("unix", file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // nobody accepts: the kernel does
	wantDiagnosis(t, tryHost(t, "unix://"+file, at("linux", "", nil)), fault.EngineHung, "")
}

// An engine that old is not to be had any more, so its answer to the ping is all there is of it.
func TestAnEngineWithNoVersionInCommonIsTooOld(t *testing.T) {
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Api-Version", "1.12")
	}))
	defer old.Close()
	e := tryHost(t, "tcp://"+strings.TrimPrefix(old.URL, "http://"), withOS(at("linux", "", nil), debian, ""))
	wantDiagnosis(t, e, fault.EngineTooOld, "docker.io")
	if !strings.Contains(e.Why, "1.12") || !strings.HasPrefix(e.Remedy, "Update the engine") {
		t.Errorf("why %q, remedy %q", e.Why, e.Remedy)
	}
}

// One that is newer than any there is, so its refusal is worded as Docker's is.
func TestAnEngineThatAsksForANewerClientIsToldAsTooNew(t *testing.T) {
	next := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "9.60")
		if r.URL.Path == "/_ping" {
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		version := strings.TrimPrefix(strings.Split(r.URL.Path, "/")[1], "v")
		_, _ = fmt.Fprintf(w, `{"message":"client version %s is too old. Minimum supported API version is 9.10, please upgrade your client to a newer version"}`, version)
	}))
	defer next.Close()
	e := tryHost(t, "tcp://"+strings.TrimPrefix(next.URL, "http://"), withOS(at("linux", "", nil), debian, ""))
	wantDiagnosis(t, e, fault.EngineTooOld, "")
	if want := "too new for this Berth, which speaks API " + api.DefaultVersion + " at most; the engine asks for 9.10 at least"; !strings.Contains(e.Why, want) {
		t.Errorf("why %q, want %q", e.Why, want)
	}
	if !strings.Contains(e.Remedy, "newer Berth") || e.Command != "" {
		t.Errorf("remedy %q, command %q", e.Remedy, e.Command)
	}
}

func TestAnEngineThatFindsTheClientTooNewIsToldAsTooOld(t *testing.T) {
	e := diagnose(Endpoint{Name: "x", Host: "unix:///x"}, withOS(at("linux", "", nil), debian, ""), &record{connected: true}, localTimeout,
		errors.New("Error response from daemon: client version 1.51 is too new. Maximum supported API version is 1.23"))
	wantDiagnosis(t, e, fault.EngineTooOld, "docker.io")
	if want := "it speaks API 1.23 at most, and was asked in 1.51"; !strings.Contains(e.Why, want) || !strings.HasPrefix(e.Remedy, "Update the engine") {
		t.Errorf("why %q, remedy %q; want %q", e.Why, e.Remedy, want)
	}
}

func TestAFarComputerThatIsOffIsANetworkTrouble(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	wantDiagnosis(t, tryHost(t, "tcp://"+address, at("linux", "", nil)), fault.NotRunning, "") // of this computer: its port is closed

	ep := Endpoint{Name: "lab", Host: "tcp://192.0.2.1:2375"}
	rec := &record{err: &net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}}
	wantDiagnosis(t, diagnose(ep, at("linux", "", nil), rec, localTimeout, errors.New("x")), fault.Network, "")
}

func TestNoPermissionNamesTheGroupAndSeesWhenItOnlyWaitsForALogin(t *testing.T) {
	ep := Endpoint{Name: "default", Host: "unix:///var/run/docker.sock"}
	rec := &record{err: &net.OpError{Op: "dial", Err: &os.SyscallError{Syscall: "connect", Err: syscall.EACCES}}}
	for name, c := range map[string]struct {
		groups  string
		have    []int
		kind    fault.Kind
		command string
	}{
		"not in the group":     {"docker:x:999:\n", nil, fault.Permission, "usermod -aG docker"},
		"no such group":        {"users:x:100:ann\n", nil, fault.Permission, "usermod -aG docker"},
		"in it since today":    {"docker:x:999:bob,ann\n", []int{1000}, fault.GroupInactive, "newgrp docker"},
		"in it and logged in":  {"docker:x:999:ann\n", []int{999}, fault.Permission, ""},
		"a name that contains": {"docker:x:999:annabel\n", []int{1000}, fault.Permission, "usermod"},
	} {
		t.Run(name, func(t *testing.T) {
			w := withOS(at("linux", "/home/ann", nil), debian, c.groups)
			w.Groups = func() ([]int, error) { return c.have, nil }
			wantDiagnosis(t, diagnose(ep, w, rec, localTimeout, errors.New("permission denied")), c.kind, c.command)
		})
	}
}

func TestARemedyAsksForTheAdministratorOnlyWhenItMust(t *testing.T) {
	root := Remedy{Argv: []string{"systemctl", "start", "docker"}, Root: true}
	for name, c := range map[string]struct {
		env   map[string]string
		files []string
		uid   int
		want  string
	}{
		"root itself":         {map[string]string{"PATH": "/p"}, []string{"/p/systemctl"}, 0, "/p/systemctl start docker"},
		"with a window":       {map[string]string{"PATH": "/p", "DISPLAY": ":0"}, []string{"/p/systemctl", "/p/pkexec"}, 1000, "/p/pkexec /p/systemctl start docker"},
		"without one":         {map[string]string{"PATH": "/p"}, []string{"/p/systemctl", "/p/pkexec", "/p/sudo"}, 1000, "/p/sudo -n /p/systemctl start docker"},
		"nobody asks":         {map[string]string{"PATH": "/p"}, []string{"/p/systemctl"}, 1000, ""},
		"nothing to run":      {map[string]string{"PATH": "/p"}, nil, 0, ""},
		"not on the PATH":     {nil, []string{"/usr/bin/systemctl"}, 0, "/usr/bin/systemctl start docker"},
		"pkexec and no sudo ": {map[string]string{"PATH": "/p", "WAYLAND_DISPLAY": "w"}, []string{"/p/systemctl", "/p/pkexec"}, 1000, "/p/pkexec /p/systemctl start docker"},
	} {
		t.Run(name, func(t *testing.T) {
			w := at("linux", "/home/ann", c.env, c.files...)
			w.UID = c.uid
			argv, ok := root.Command(w)
			if got := strings.Join(argv, " "); got != c.want || ok != (c.want != "") {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestAnEndpointWithoutANameIsCalledByItsAddress(t *testing.T) {
	host := "unix://" + t.TempDir() + "/none.sock"
	if _, _, failure := Try(t.Context(), Endpoint{Host: host, Source: FromSettings}, Where{}); failure == nil || failure.Op != "connect to "+host {
		t.Errorf("it says %v", failure)
	}
}
