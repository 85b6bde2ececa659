package connect

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"

	"berth/engine/fault"
)

var errNoFile = fs.ErrNotExist

// addContext puts a Docker context into a home folder, as docker context create does.
func addContext(t *testing.T, home, name, host string) {
	t.Helper()
	s := contextStore(filepath.Join(home, ".docker"))
	err := s.CreateOrUpdate(store.Metadata{
		Name: name, Metadata: map[string]any{}, Endpoints: map[string]any{docker.DockerEndpoint: docker.EndpointMeta{Host: host}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func useContext(t *testing.T, home, name string) {
	t.Helper()
	write(t, filepath.Join(home, ".docker", "config.json"), `{"currentContext":"`+name+`"}`)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func names(list []Endpoint) string {
	var all []string
	for _, ep := range list {
		all = append(all, ep.Name+" "+ep.Host)
	}
	return strings.Join(all, "\n")
}

func find(t *testing.T, list []Endpoint, host string) Endpoint {
	t.Helper()
	i := slices.IndexFunc(list, func(ep Endpoint) bool { return ep.Host == host })
	if i < 0 {
		t.Fatalf("%s is not among\n%s", host, names(list))
	}
	return list[i]
}

func TestEveryEndpointOfTheOSIsListed(t *testing.T) {
	for goos, hosts := range map[string][]string{
		"linux": {
			"unix:///var/run/docker.sock", "unix:///run/user/1000/docker.sock", "unix:///home/ann/.docker/desktop/docker.sock",
			"unix:///run/user/1000/podman/podman.sock", "unix:///run/podman/podman.sock", "unix:///home/ann/.rd/docker.sock", "unix:///home/ann/.colima/default/docker.sock",
		},
		"darwin": {
			"unix:///var/run/docker.sock", "unix:///home/ann/.docker/run/docker.sock", "unix:///home/ann/.orbstack/run/docker.sock",
			"unix:///home/ann/.colima/default/docker.sock", "unix:///home/ann/.rd/docker.sock",
		},
		"windows": {"npipe:////./pipe/docker_engine", "npipe:////./pipe/dockerDesktopLinuxEngine", "npipe:////./pipe/podman-machine-default"},
	} {
		t.Run(goos, func(t *testing.T) {
			list := Discover(at(goos, "/home/ann", nil))
			for _, host := range hosts {
				if ep := find(t, list, host); ep.Source != FromSocket || ep.Err != nil {
					t.Errorf("%+v", ep)
				}
			}
			if list[0].Host != hosts[0] || !list[0].Current {
				t.Errorf("the default is not first: %+v", list[0])
			}
		})
	}
}

func TestContextsComeWithTheOneInUseFirst(t *testing.T) {
	home := t.TempDir()
	addContext(t, home, "lab", "ssh://ann@lab")
	addContext(t, home, "work", "tcp://10.0.0.2:2376")
	useContext(t, home, "work")
	list := Discover(at("linux", home, nil))
	if list[0].Host != "tcp://10.0.0.2:2376" || !list[0].Current || list[0].Context != "work" || list[0].Source != FromContext {
		t.Errorf("first is %+v", list[0])
	}
	if lab := find(t, list, "ssh://ann@lab"); lab.Current || !lab.Remote() {
		t.Errorf("%+v", lab)
	}
}

func TestDOCKER_HOSTComesBeforeAll(t *testing.T) { //nolint:revive // the variable's own name
	home := t.TempDir()
	addContext(t, home, "work", "tcp://10.0.0.2:2376")
	useContext(t, home, "work")
	list := Discover(at("linux", home, map[string]string{"DOCKER_HOST": "tcp://127.0.0.1:2375"}))
	if list[0].Source != FromEnv || list[0].Host != "tcp://127.0.0.1:2375" || list[0].Remote() {
		t.Errorf("first is %+v", list[0])
	}
	if find(t, list, "tcp://10.0.0.2:2376").Current {
		t.Error("docker ignores its contexts while DOCKER_HOST is set")
	}
}

func TestWhatCannotBeUsedIsListedWithItsReason(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(t *testing.T, home string) map[string]string
		word    string
	}{
		"a malformed DOCKER_HOST": {func(*testing.T, string) map[string]string {
			return map[string]string{"DOCKER_HOST": "http://x"}
		}, "DOCKER_HOST"},
		"a relative socket": {func(*testing.T, string) map[string]string {
			return map[string]string{"DOCKER_HOST": "unix://docker.sock"}
		}, "DOCKER_HOST"},
		"a damaged config file": {func(t *testing.T, home string) map[string]string {
			write(t, filepath.Join(home, ".docker", "config.json"), `{"currentContext":`)
			return nil
		}, "config"},
		"a context in use that is not there": {func(t *testing.T, home string) map[string]string {
			useContext(t, home, "gone")
			return nil
		}, "gone"},
		"a damaged context": {func(t *testing.T, home string) map[string]string {
			addContext(t, home, "hurt", "tcp://10.0.0.2:2376")
			files, err := filepath.Glob(filepath.Join(home, ".docker/contexts/meta/*/meta.json"))
			if err != nil || len(files) != 1 {
				t.Fatal(files, err)
			}
			write(t, files[0], "{")
			return nil
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			list := Discover(at("linux", home, c.prepare(t, home)))
			i := slices.IndexFunc(list, func(ep Endpoint) bool { return ep.Err != nil })
			if i < 0 {
				t.Fatalf("no endpoint is said to be unusable:\n%s", names(list))
			}
			e := list[i].Err
			if e.Kind != fault.BadContext || e.Why == "" || e.Remedy == "" || !strings.Contains(e.Error()+list[i].Name, c.word) {
				t.Errorf("%+v", e)
			}
			find(t, list, "unix:///var/run/docker.sock") // the others are still there
		})
	}
}

func TestTwoWaysToOneSocketAreOneEndpoint(t *testing.T) {
	home := t.TempDir()
	addContext(t, home, "same", "unix:///var/run/docker.sock")
	list := Discover(at("linux", home, nil))
	n := 0
	for _, ep := range list {
		if ep.Host == "unix:///var/run/docker.sock" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("it is listed %d times:\n%s", n, names(list))
	}
}

func TestRemoteIsWhatLiesOnAnotherComputer(t *testing.T) {
	for host, want := range map[string]bool{
		"unix:///x": false, "npipe:////./pipe/x": false, "tcp://127.0.0.1:1": false, "tcp://localhost:1": false, "tcp://[::1]:1": false,
		"tcp://10.1.2.3:1": true, "ssh://lab": true, "ssh://localhost": true, "what": true,
	} {
		if got := (Endpoint{Host: host}).Remote(); got != want {
			t.Errorf("%s: remote is %v", host, got)
		}
	}
}
