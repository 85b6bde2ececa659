package diagnose

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"berth/engine/crash"
	"berth/engine/enginetest/leak"
	"berth/engine/fault"
)

func TestMain(m *testing.M) { leak.Main(m) }

var update = flag.Bool("update", false, "write the golden report anew")

var at = time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)

const secret = "hunter2-PLANTED"

// whole is a report with something of everything, and a secret wherever one could come from.
func whole() Report {
	refused := &fault.Error{
		Kind: fault.NotRunning, Op: "connect to Podman", Why: "nothing listens on /run/user/1000/podman/podman.sock", Remedy: "Start Podman.",
		Command: "systemctl --user start podman.socket",
	}
	return Report{
		At: at, Home: "/home/jo", Listed: true,
		Program: Program{
			Version: "0.4.0", Commit: "993ec7b", Go: "1.26.8", Fyne: "2.8.0", Started: at.Add(-time.Hour), Settings: "/home/jo/.config/berth/settings.json",
			LogFile: "/home/jo/.local/state/berth/berth.log", Secrets: "the system keyring",
		},
		System: System{
			OS: "Debian GNU/Linux 12 (bookworm)", Kernel: "Linux 6.1.0", Arch: "amd64", CPUs: 8, Desktop: "GNOME", Session: "wayland", Language: "de_DE.UTF-8",
			FilesOpen: 31, FilesLimit: 1024,
			Environment: []Setting{{"DOCKER_HOST", "unix:///run/user/1000/docker.sock"}, {"HTTPS_PROXY", "http://jo:" + secret + "@proxy.lan:3128"}, {"An agent of ssh", "yes"}},
		},
		Connection: Connection{
			Phase: "connected", Name: "default", Host: "unix:///var/run/docker.sock", Since: at.Add(-time.Hour),
			Attempts: []Attempt{
				{Name: "default", Host: "unix:///var/run/docker.sock", Source: "socket", Tried: true, Took: 12 * time.Millisecond},
				{Name: "Podman", Host: "unix:///run/user/1000/podman/podman.sock", Source: "socket", Tried: true, Err: refused},
				{Name: "context lab", Host: "ssh://jo@lab.example.com", Source: "context"},
				{Name: "context old", Host: "tcp://jo:" + secret + "@10.0.0.9:2375", Source: "context"},
			},
		},
		Engine: &Engine{
			Product: "Docker", Version: "28.5.2", API: "1.51", Components: []Setting{{"containerd", "1.7.28"}, {"runc", "1.3.0"}}, OS: "Debian GNU/Linux 12 (bookworm)",
			Kernel: "6.1.0", Arch: "amd64", CPUs: 8, Memory: 16 << 30, Storage: "overlay2 on extfs", Root: "/home/jo/.local/share/docker", Cgroup: "2",
			CgroupDriver: "systemd", Runtime: "runc", Init: "docker-init", LogDriver: "json-file", Rootless: true, BuildKit: true,
			Security: []string{"name=seccomp,profile=builtin", "name=rootless"}, Lacks: []string{"CPU"},
			Proxies: []Setting{{"HTTP proxy", "http://jo:" + secret + "@proxy.lan:3128"}}, Mirrors: []string{"https://" + secret + "@mirror.lan/"},
			Containers: 4, Running: 2, Images: 9, Warnings: []string{"WARNING: No cpu cfs quota support"},
		},
		Disk: &Disk{
			At: at.Add(-2 * time.Minute), Images: Use{9, 4_200_000_000, 1_000_000_000}, Containers: Use{4, 12_000_000, 0}, Volumes: Use{12, 1_400_000_000, 20_000},
			Builds: Use{31, 800_000_000, 800_000_000}, Free: []Free{{"Free for the engine", "/home/jo/.local/share/docker", 900_000_000, 512_000_000_000}},
		},
		Further: []Further{
			{
				Connection: Connection{Phase: "connected", Name: "lab", Host: "ssh://jo@lab", Since: at.Add(-time.Hour), Chosen: "lab"},
				Engine:     &Engine{Product: "Podman", Version: "4.3.1", API: "1.41", Arch: "arm64", CPUs: 4, Memory: 8 << 30, Lacks: []string{"CPU"}},
				Disk:       &Disk{At: at, Images: Use{Count: 2, Bytes: 1200e6}},
			},
			{Connection: Connection{Phase: "lost", Name: "rack", Host: "ssh://jo@rack", Err: fault.New(fault.NotRunning, "connect to rack", "nothing listens there")}},
		},
		Sandboxes: []Sandbox{
			{
				Name: "auth", State: "healthy", Since: at.Add(-30 * time.Minute), Version: "1.18.33", Image: "berth/opencode:1.18.33", ImageID: "sha256:9f86d081884c7d65",
				Address: "127.0.0.1:4096", Memory: 4 << 30, Hardened: true, ContainerID: "0123456789abcdef", Restart: "unless-stopped", Badges: []string{"home folder mounted"},
			},
			{
				Name: "portal", State: "exited", Detail: "137: out of memory", Since: at.Add(-time.Minute), Image: "ghcr.io/anomalyco/opencode:1.18.33", ImageID: "sha256:60303ae22b998861",
				Digest: "sha256:fd61a03af4f77d87", Memory: 1 << 30, CPUs: 2, LastExit: "137: out of memory, 2026-03-04 14:59:00 UTC",
				Err: &fault.Error{
					Kind: fault.Unhealthy, Op: "start portal", Why: "opencode ended with 137", Remedy: "Give the sandbox more memory.",
					Log: []string{"\x1b[31mOPENAI_API_KEY=" + secret + "\x1b[0m refused"},
				},
			},
		},
		Failures: []Failure{{At: at.Add(-5 * time.Minute), Title: "Pulling registry.lan/opencode:team", Err: fault.From("pull", errors.New(`Get "https://jo:`+secret+`@registry.lan/v2/": denied`))}},
		Notes:    []Note{{At: at.Add(-50 * time.Minute), Text: "Passwords of sandboxes are kept in the system keyring."}},
		Settings: Flatten(map[string]any{
			"schema": 1, "image": map[string]any{"source": "build", "download": "https://jo:" + secret + "@mirror.lan/opencode.tgz", "extraCA": "/home/jo/ca.pem"},
			"sandbox": map[string]any{"memory": "4g", "env": map[string]any{"GREETING": secret}}, "provider": map[string]any{"apiKey": secret, "name": "anthropic"},
		}),
		Crashes: []crash.Crash{{At: at.Add(-24 * time.Hour), Why: "SIGABRT: abort"}},
		Log:     []string{`time=2026-03-04T14:00:00Z level=INFO msg="berth starts"`, "level=WARN password=" + secret + " at=/home/jo/x /home/joan/y"},
	}
}

func TestTheReportSaysAllAndNothingSecret(t *testing.T) {
	text := whole().Text()
	if strings.Contains(text, secret) || strings.Contains(text, "PLANTED") {
		t.Errorf("a secret is in\n%s", text)
	}
	if strings.Contains(text, "/home/jo/") || !strings.Contains(text, "/home/joan/y") {
		t.Error("the home folder is not ~, or somebody else's is")
	}
	const golden = "testdata/report.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("the report changed: look at it, and write it anew with -update\n%s", diff)
	}
}

func TestAReportOfNothingSaysThatNothingIsKnown(t *testing.T) {
	text := Report{At: at, Connection: Connection{Phase: "looking", Err: fault.New(fault.NoEngine, "look for an engine", "there is no endpoint to try")}}.Text()
	for _, want := range []string{"looking", "there is no endpoint to try", "No engine is connected.", "Not measured", "Not known: no engine told of them.", "It is empty."} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func TestAHomeFolderThatIsTheRootIsLeftAlone(t *testing.T) {
	r := Report{Home: "/", Log: []string{"/var/log/x"}}
	if text := r.Text(); !strings.Contains(text, "/var/log/x") {
		t.Errorf("got %s", text)
	}
}

func TestThisComputerIsKnown(t *testing.T) {
	env := map[string]string{"DISPLAY": ":1", "XDG_CURRENT_DESKTOP": "XFCE", "LANG": "fr_FR.UTF-8", "SSH_AUTH_SOCK": "/tmp/ssh-x/agent", "ANTHROPIC_API_KEY": secret}
	s := Here(func(name string) string { return env[name] })
	if s.OS == "" || s.Arch == "" || s.CPUs == 0 || s.Desktop != "XFCE" || s.Session != "x11" || s.Language != "fr_FR.UTF-8" {
		t.Errorf("got %+v", s)
	}
	if diff := cmp.Diff([]Setting{{"DISPLAY", ":1"}, {"An agent of ssh", "yes"}}, s.Environment); diff != "" {
		t.Error(diff)
	}
	if room, ok := Room("here", t.TempDir()+"/not/made/yet"); !ok || room.Total == 0 || room.Free > room.Total {
		t.Errorf("room: %+v, %v", room, ok)
	}
	if _, ok := Room("nowhere", ""); ok {
		t.Error("there is room nowhere")
	}
}

func TestWhyASandboxIsInItsStateStandsBehindIt(t *testing.T) {
	for want, s := range map[string]Sandbox{
		"healthy":               {State: "healthy"},
		"exited 137: killed":    {State: "exited", Detail: "137: killed"},
		"unhealthy (no answer)": {State: "unhealthy", Detail: "no answer"},
	} {
		if got := stateOf(s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
