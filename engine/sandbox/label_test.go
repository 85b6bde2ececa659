package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/google/go-cmp/cmp"

	"berth/engine/agent"
	"berth/engine/fault"
)

func TestSpecComesBackFromTheLabelsWithNothingLost(t *testing.T) {
	for name, spec := range map[string]Spec{
		"the least":  {Name: "default", Image: "berth/opencode:1.18.33"},
		"everything": everything(),
		"odd letters": {
			Name: "a-1", Image: "host:5000/x@sha256:" + strings.Repeat("a", 64), Env: map[string]string{"A": "line\nand \"quote\" ünï \\"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			labels, err := Labels(spec)
			if err != nil {
				t.Fatal(err)
			}
			back, err := SpecOf(labels)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(spec, back); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// everything has each field set, so that a field forgotten on the way shows.
func everything() Spec {
	return Spec{
		Name: "all", Image: "example.com/x:1", Port: 4100, BindIP: "0.0.0.0", Memory: 1 << 30, CPUs: 1.5, PIDs: 200, Hardened: true,
		Projects: "/srv/code", Mounts: []Mount{{Source: "/data", Target: "/data", ReadOnly: true}, {Source: "cache", Target: "/cache"}},
		Env: map[string]string{"LANG": "C.UTF-8"}, Restart: "on-failure", CapAdd: []string{"NET_ADMIN"}, OpenAuth: true,
		Extra: map[string]json.RawMessage{"gpu": json.RawMessage(`{"count":2}`)},
	}
}

func TestKeysOfANewerBerthSurvive(t *testing.T) {
	var spec Spec
	if err := json.Unmarshal([]byte(`{"name":"x","image":"y","future":[1,2],"memory":600000000}`), &spec); err != nil {
		t.Fatal(err)
	}
	spec.Port = 4097
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"name": "x", "image": "y", "future": []any{1.0, 2.0}, "memory": 6e8, "port": 4097.0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestADamagedLabelIsSaidAndKeepsTheName(t *testing.T) {
	spec, err := SpecOf(map[string]string{LabelName: "lost", LabelSpec: "{"})
	if fault.KindOf(err) != fault.BadInput || spec.Name != "lost" {
		t.Errorf("got %+v, %v", spec, err)
	}
}

func TestValidateNamesTheField(t *testing.T) {
	good := Spec{Name: "default", Image: "berth/opencode:1.18.33"}
	with := func(change func(*Spec)) Spec {
		s := good
		change(&s)
		return s
	}
	for name, c := range map[string]struct {
		spec  Spec
		field string // "" when it is valid
	}{
		"the defaults":             {good, ""},
		"all that can be set":      {everything(), ""},
		"no name":                  {with(func(s *Spec) { s.Name = "" }), "name"},
		"a space in the name":      {with(func(s *Spec) { s.Name = "a b" }), "name"},
		"capitals":                 {with(func(s *Spec) { s.Name = "Default" }), "name"},
		"300 letters":              {with(func(s *Spec) { s.Name = strings.Repeat("a", 300) }), "name"},
		"a path as the name":       {with(func(s *Spec) { s.Name = "../x" }), "name"},
		"a dash at the end":        {with(func(s *Spec) { s.Name = "a-" }), "name"},
		"no image":                 {with(func(s *Spec) { s.Image = "" }), "image"},
		"an image in capitals":     {with(func(s *Spec) { s.Image = "Debian X" }), "image"},
		"port 70000":               {with(func(s *Spec) { s.Port = 70000 }), "port"},
		"port -1":                  {with(func(s *Spec) { s.Port = -1 }), "port"},
		"10 MB of memory":          {with(func(s *Spec) { s.Memory = 10 << 20 }), "memory"},
		"negative CPUs":            {with(func(s *Spec) { s.CPUs = -1 }), "cpus"},
		"an unknown policy":        {with(func(s *Spec) { s.Restart = "sometimes" }), "restart"},
		"a relative folder":        {with(func(s *Spec) { s.Projects = "code" }), "projects"},
		"a folder of Windows":      {with(func(s *Spec) { s.Projects = `C:\Users\me\code` }), ""},
		"a name as the address":    {with(func(s *Spec) { s.BindIP = "localhost" }), "bindIP"},
		"a variable with a dash":   {with(func(s *Spec) { s.Env = map[string]string{"A-B": "1"} }), "env"},
		"a mount over the root":    {with(func(s *Spec) { s.Mounts = []Mount{{Source: "/x", Target: "/"}} }), "mounts"},
		"the Docker socket":        {with(func(s *Spec) { s.Mounts = []Mount{{Source: "/var/run/docker.sock", Target: "/x"}} }), "mounts"},
		"the socket's other place": {with(func(s *Spec) { s.Mounts = []Mount{{Source: "/run/user/1/docker.sock", Target: "/x"}} }), "mounts"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.spec.Validate()
			if c.field == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			f := fault.From("", err)
			if f == nil || f.Kind != fault.BadInput || f.Op != c.field || f.Why == "" {
				t.Errorf("got %v, want trouble with %s", err, c.field)
			}
		})
	}
}

func TestNoFolderHandsAnEngineToTheAgent(t *testing.T) {
	for source, refused := range map[string]bool{
		"/var/run/docker.sock": true, "/run/docker.sock": true, "/run/podman/podman.sock": true, "/run/user/1000/podman/podman.sock": true,
		"/home/me/.docker/run/docker.sock": true, "/home/me/../../var/run/../run/docker.sock": true, "/run/k3s/containerd/containerd.sock": true,
		"/": true, "//": true, "/home/..": true, "/run": true, "/run/": true, "/var/run": true, "/var": true, "/run/podman": true, "/run/user": true,
		"/var/run/user/1000": true, "/run/user/1000/": true, "/proc": true, "/proc/1/root": true,
		"/home/me/code": false, "/var/lib/data": false, "/run/media/me/disk": false, "/run/user/1000/doc/ab": false, "/srv/docker.sock.d": false,
		"opencode-cache": false, `C:\Users\me`: false, "": false,
	} {
		if got := handsOver(source); got != refused {
			t.Errorf("%q is refused: %v", source, got)
		}
	}
	spec := Spec{Name: "default", Image: "x"}
	for field, with := range map[string]func(*Spec){
		"mounts":   func(s *Spec) { s.Mounts = []Mount{{Source: "/run", Target: "/x", ReadOnly: true}} },
		"projects": func(s *Spec) { s.Projects = "/var/run" },
	} {
		wide := spec
		with(&wide)
		if f := fault.From("", wide.Validate()); f == nil || f.Kind != fault.BadInput || f.Op != field {
			t.Errorf("%s: %v", field, f)
		}
	}
}

func TestContainerHasTheSecurityDefaults(t *testing.T) {
	spec := Spec{Name: "default", Image: "x", Port: 4096}
	config, host, err := containerConfig(spec, agent.V1, "hunter2")
	if err != nil {
		t.Fatal(err)
	}
	if config.User != "1000:1000" || host.Privileged || host.Init == nil || !*host.Init || *host.PidsLimit != 1024 ||
		host.Memory != 4<<30 || host.MemorySwap != 4<<30 || host.NetworkMode != "berth-default" {
		t.Errorf("user %s, %+v", config.User, host)
	}
	if !slices.Equal(host.CapDrop, []string{"ALL"}) || len(host.CapAdd) != 0 || !slices.Contains(host.SecurityOpt, "no-new-privileges") {
		t.Errorf("capabilities -%v +%v, %v", host.CapDrop, host.CapAdd, host.SecurityOpt)
	}
	if got := host.PortBindings["4096/tcp"]; len(got) != 1 || got[0].HostIP != "127.0.0.1" || got[0].HostPort != "4096" {
		t.Errorf("published %v", host.PortBindings)
	}
	got := map[string]string{}
	for _, m := range host.Mounts {
		got[m.Target] = string(m.Type) + ":" + m.Source
	}
	want := map[string]string{
		"/home/opencode/.local": "volume:opencode-session", "/home/opencode/.config": "volume:opencode-config", "/workspace": "volume:opencode-projects",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for key, value := range config.Labels {
		if strings.Contains(key+value, "hunter2") {
			t.Errorf("the password is in the label %s", key)
		}
	}
	if PasswordIn(config.Env, agent.V1) != "hunter2" {
		t.Error("opencode is not told its password")
	}
}

func TestNoVariableOfTheSpecTakesThePasswordAway(t *testing.T) {
	spec := Spec{Name: "a", Image: "x", Env: map[string]string{agent.V1.PasswordEnv: "", "LANG": "C"}}
	config, _, err := containerConfig(spec, agent.V1, "hunter2")
	if err != nil {
		t.Fatal(err)
	}
	if PasswordIn(config.Env, agent.V1) != "hunter2" || !slices.Contains(config.Env, "LANG=C") {
		t.Errorf("environment %v", config.Env)
	}
}

func TestHardenedHasAReadOnlyRootAndExecutableScratch(t *testing.T) {
	_, host, err := containerConfig(Spec{Name: "a", Image: "x", Hardened: true}, agent.V1, "p")
	if err != nil {
		t.Fatal(err)
	}
	dirs := slices.Sorted(maps.Keys(host.Tmpfs))
	if !host.ReadonlyRootfs || !slices.Equal(dirs, []string{"/home/opencode/.cache", "/tmp"}) || !strings.Contains(host.Tmpfs["/tmp"], ",exec,") {
		t.Errorf("read-only %v, tmpfs %v", host.ReadonlyRootfs, host.Tmpfs)
	}
}

func TestStateSaysWhyInWords(t *testing.T) {
	for name, c := range map[string]struct {
		facts  Facts
		health Health
		state  State
		words  string
	}{
		"never started":        {Facts{Status: "created"}, Health{}, Created, ""},
		"not asked yet":        {Facts{Status: "running"}, Health{}, Starting, ""},
		"answers":              {Facts{Status: "running"}, Health{Known: true, Version: "1"}, Healthy, ""},
		"broken configuration": {Facts{Status: "running"}, Health{Known: true, Err: fault.New(fault.Unhealthy, "", "line 3")}, Unhealthy, "line 3"},
		"stopped by SIGTERM":   {Facts{Status: "exited", ExitCode: 143}, Health{}, Stopped, ""},
		"ended by itself well": {Facts{Status: "exited"}, Health{}, Stopped, ""},
		"killed for memory":    {Facts{Status: "exited", ExitCode: 137, OOMKilled: true}, Health{}, Exited, "137: out of memory"},
		"killed":               {Facts{Status: "exited", ExitCode: 137}, Health{}, Exited, "137: killed"},
		"failed":               {Facts{Status: "exited", ExitCode: 1}, Health{}, Exited, "1"},
		"no such command":      {Facts{Status: "exited", ExitCode: 127}, Health{}, Exited, "127: the command is not in the image"},
		"crash loop":           {Facts{Status: "restarting", ExitCode: 1}, Health{}, Restarts, "1"},
		"paused":               {Facts{Status: "paused"}, Health{}, Paused, ""},
		"memory then SIGTERM":  {Facts{Status: "exited", ExitCode: 143, OOMKilled: true}, Health{}, Exited, "143: out of memory"},
	} {
		t.Run(name, func(t *testing.T) {
			state, words := StateOf(c.facts, c.health)
			if state != c.state || words != c.words {
				t.Errorf("got %s %q, want %s %q", state, words, c.state, c.words)
			}
		})
	}
}

func TestBadgesShowWhatOpensASandboxWider(t *testing.T) {
	for name, c := range map[string]struct {
		spec Spec
		want []string
	}{
		"the defaults":          {Spec{}, nil},
		"a folder of the code":  {Spec{Projects: "/home/me/code"}, nil},
		"the home folder":       {Spec{Projects: "/home/me"}, []string{"home folder mounted"}},
		"a home on a Mac":       {Spec{Projects: "/Users/me/"}, []string{"home folder mounted"}},
		"a home on Windows":     {Spec{Projects: `C:\Users\me`}, []string{"home folder mounted"}},
		"root's home, as mount": {Spec{Mounts: []Mount{{Source: "/root", Target: "/x"}}}, []string{"home folder mounted"}},
		"the root folder":       {Spec{Mounts: []Mount{{Source: "/", Target: "/x"}}}, []string{"root folder mounted"}},
		"all at once": {
			Spec{OpenAuth: true, BindIP: "0.0.0.0", CapAdd: []string{"SYS_ADMIN"}},
			[]string{"no password", "open to the network", "extra rights"},
		},
		"IPv6 loopback": {Spec{BindIP: "::1"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, b := range Badges(c.spec) {
				got = append(got, b.Text)
				if b.Help == "" {
					t.Errorf("%s has no explanation", b.Text)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestUnkeptFindsWhatLiesOnNoVolume(t *testing.T) {
	all := []container.MountPoint{
		{Destination: "/home/opencode/.local", RW: true}, {Destination: "/home/opencode/.config", RW: true}, {Destination: "/workspace", RW: true},
	}
	if lost := Unkept(KeptBy(all), agent.V1); lost != nil {
		t.Errorf("the contract's mounts lose %v", lost)
	}
	old := []container.MountPoint{{Destination: "/home/opencode/.opencode", RW: true}, {Destination: "/workspace", RW: false}}
	if lost := Unkept(KeptBy(old), agent.V1); !slices.Equal(lost, agent.V1.Writes) {
		t.Errorf("lost %v, want %v", lost, agent.V1.Writes)
	}
}

func TestAPublishedPortIsReachedOnLoopback(t *testing.T) {
	for ip, want := range map[string]string{"127.0.0.1": "127.0.0.1:1", "0.0.0.0": "127.0.0.1:1", "": "127.0.0.1:1", "::": "127.0.0.1:1", "192.0.2.7": "192.0.2.7:1"} {
		if got := Reachable(ip, "1"); got != want {
			t.Errorf("published on %q it is reached at %s, want %s", ip, got, want)
		}
	}
}

func TestASandboxesOwnContainersAreKnownByTheirNames(t *testing.T) {
	own := ownName("a")
	for name, want := range map[string]bool{
		"berth-a": true, "berth-a.old": true, "berth-a.next": true, "berth-ab": false, "berth-a.older": false, "mine": false, "": false, "berth-b": false,
	} {
		if own(name) != want {
			t.Errorf("%q is one of a's: %v", name, !want)
		}
	}
}

func TestADamagedMarkIsAsGoodAsNone(t *testing.T) {
	was := Spec{Name: "a", Image: "x:1", Memory: 1 << 30}
	labels, err := Labels(was)
	if err != nil {
		t.Fatal(err)
	}
	labels[LabelMark], labels[LabelImageID], labels[LabelVersion] = markSpec, "sha256:1", "1.18.1"
	if kept, known := KeptOf(labels, "a"); !known || kept.ImageID != "sha256:1" || kept.Version != "1.18.1" || kept.Spec.Memory != was.Memory {
		t.Errorf("%+v, %v", kept, known)
	}
	if _, known := KeptOf(labels, "b"); known {
		t.Error("it is taken for another sandbox's")
	}
	labels[LabelSpec] = "{"
	if kept, known := KeptOf(labels, "a"); known {
		t.Errorf("%+v", kept)
	}
}

func TestANameSaysForWhichSandboxAnImageIsKept(t *testing.T) {
	for reference, want := range map[string]string{
		KeptImages + ":a-20261125-071500-123":      "a",
		KeptImages + ":a-was":                      "a",
		"localhost/" + KeptImages + ":a-was-was":   "a-was", // as Podman writes it
		KeptImages + ":was":                        "",
		"berth/opencode:1.18.33":                   "",
		"ghcr.io/owner/kept:a-20261125-071500-123": "",
	} {
		if got, ok := KeptFor(reference); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q, %v", reference, got, ok)
		}
	}
	p := Point{ID: pointID(time.Now()), Sandbox: "some-name"}
	if got, ok := KeptFor(p.kept()); !ok || got != "some-name" {
		t.Errorf("%s: %q, %v", p.kept(), got, ok)
	}
}
