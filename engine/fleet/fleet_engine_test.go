package fleet

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/engine"
	"berth/engine/agent"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/diagnose"
	"berth/engine/enginetest"
	"berth/engine/sandbox"
	"berth/engine/task"
)

// open opens a fleet on these endpoints, of which the first is in use and the others are shown too.
func open(t testing.TB, env func(string) string, endpoints ...config.Endpoint) (*Fleet, *enginetest.Secrets) {
	t.Helper()
	store, err := config.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := store.Settings()
	s.Endpoints, s.Endpoint = endpoints, endpoints[0].Name
	for _, ep := range endpoints[1:] {
		s.AlsoEndpoints = append(s.AlsoEndpoints, ep.Name)
	}
	if err := store.Save(s); err != nil {
		t.Fatal(err)
	}
	secrets := &enginetest.Secrets{All: map[string]string{}}
	f := Open(engine.Options{
		Settings: store, Secrets: secrets, Where: connect.Where{Home: t.TempDir(), Env: env, UID: -1},
		Log: slog.New(slog.NewTextHandler(logWriter{t}, nil)),
	})
	t.Cleanup(f.Close)
	return f, secrets
}

// logWriter writes the app log to the test's.
type logWriter struct{ t testing.TB }

func (w logWriter) Write(p []byte) (int, error) {
	w.t.Logf("%s", p)
	return len(p), nil
}

// is gives a sandbox of the fleet; the zero value when there is none.
func is(f *Fleet, name string) engine.Sandbox {
	for _, s := range f.Snapshot().Sandboxes {
		if s.Name == name {
			return s
		}
	}
	return engine.Sandbox{}
}

func waitFor(t testing.TB, f *Fleet, name, what string, ok func(engine.Sandbox) bool) engine.Sandbox {
	t.Helper()
	enginetest.Eventually(t, 2*time.Minute, name+" to be "+what, func() bool { return ok(is(f, name)) })
	return is(f, name)
}

func healthy(s engine.Sandbox) bool { return s.State == sandbox.Healthy && s.Away == nil }

// finish waits until a task is over, which has to go well.
func finish(t testing.TB, f *Fleet, id task.ID) task.View {
	t.Helper()
	var got task.View
	enginetest.Eventually(t, 10*time.Minute, "the task to end", func() bool {
		for _, v := range f.Snapshot().Tasks {
			if v.ID == id {
				got = v
				return v.State.Over()
			}
		}
		return false
	})
	if got.Err != nil {
		for _, line := range f.TaskLog(id, "") {
			t.Log(line.Text)
		}
		t.Fatalf("%s: %v", got.Title, got.Err)
	}
	return got
}

// passwordOf is the password in a sandbox's container.
func passwordOf(t testing.TB, of *enginetest.Engine, name string) string {
	t.Helper()
	got, err := of.Client.ContainerInspect(t.Context(), sandbox.ContainerName(name))
	if err != nil {
		t.Fatal(err)
	}
	return sandbox.PasswordIn(got.Config.Env, agent.V1)
}

// opens follows the ticket to opencode and reports whether it answers as somebody who is signed in.
func opens(t testing.TB, f *Fleet, name string) (address string, status int) {
	t.Helper()
	ticket, err := f.OpenURL(t.Context(), name)
	if err != nil {
		t.Fatalf("open %s: %v", name, err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	res, err := client.Get(ticket)
	if err != nil {
		t.Fatalf("open %s: %v", name, err)
	}
	defer func() { _ = res.Body.Close() }()
	return res.Request.URL.Host, res.StatusCode
}

// listens reports whether somebody listens at an address of this computer.
func listens(address string) bool {
	conn, err := net.Dial("tcp", address)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}

// The whole of it: a Docker engine here and one behind a real sshd, each with a sandbox of the same name.
func TestTwoEnginesStandInOneTableAndEachGoesItsOwnWay(t *testing.T) {
	enginetest.Slow(t)
	near, far := enginetest.Shared(t), enginetest.Private(t)
	sshd := enginetest.Sshd(t)
	name := enginetest.Name(t)
	enginetest.RemoveSandbox(t, near, name)
	f, secrets := open(t, sshd.Env, config.Endpoint{Name: "near", Host: near.Host}, config.Endpoint{Name: "far", Host: sshd.URL(&far.Engine)})
	there := name + "@far"

	finish(t, f, f.Start(name))
	ref := enginetest.Registry(t) + "/" + name + ":1"
	enginetest.PushLayers(t, ref, 2, 1<<20)
	finish(t, f, f.PullImageOn("far", ref))
	if pulled := having(t, f, ref); len(pulled) != 1 || pulled[0].Engine != "far" {
		t.Errorf("what was pulled through ssh is %+v", pulled)
	}
	started := finish(t, f, f.Start(there)) // which builds the sandbox image there, through ssh
	if started.Subject != there || !strings.Contains(started.Title, there) {
		t.Errorf("its task is %q on %q", started.Title, started.Subject)
	}
	one, two := waitFor(t, f, name, "healthy", healthy), waitFor(t, f, there, "healthy", healthy)
	if one.Engine != "near" || two.Engine != "far" || one.Far || !two.Far {
		t.Errorf("they are on %q and %q", one.Engine, two.Engine)
	}

	p, q := passwordOf(t, near, name), passwordOf(t, &far.Engine, name)
	if p == "" || q == "" || p == q {
		t.Error("the two have no passwords of their own")
	}
	kept := 0
	for _, s := range secrets.All {
		if s == p || s == q {
			kept++
		}
	}
	if kept != 2 {
		t.Errorf("%d of the two passwords are kept", kept)
	}

	finish(t, f, f.MeasureDisk())
	enginetest.Eventually(t, time.Minute, "both disks are measured", func() bool {
		r := f.Diagnose(t.Context())
		return r.Disk != nil && len(r.Further) == 1 && r.Further[0].Disk != nil
	})
	report := f.Diagnose(t.Context())
	told := func(name string) bool { // beside what other tests have there
		return slices.ContainsFunc(report.Sandboxes, func(s diagnose.Sandbox) bool { return s.Name == name })
	}
	if ep := report.Further[0]; ep.Connection.Name != "far" || ep.Engine == nil || ep.Engine.Product != "Docker" || !told(name) || !told(there) {
		t.Errorf("the report tells of %+v and of the sandboxes %+v", report.Further, report.Sandboxes)
	}

	var way string // to the far one
	for _, sandbox := range []string{name, there} {
		address, status := opens(t, f, sandbox)
		if status != http.StatusOK || !strings.HasPrefix(address, "127.0.0.1:") {
			t.Errorf("%s is opened at %s: %d", sandbox, address, status)
		}
		way = address
	}

	f.Look(true, there)
	enginetest.Eventually(t, time.Minute, "the far log", func() bool { lines, _, _ := f.Log(there).Since(0, 10); return len(lines) > 0 })
	if lines, _, _ := f.Log(name).Since(0, 10); len(lines) > 0 {
		t.Error("the log of the other one is followed")
	}
	volumes, err := f.Volumes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for _, v := range volumes {
		has[v.Name] = true
	}
	if !has["opencode-session-"+name] || !has["opencode-session-"+there] {
		t.Errorf("the volumes are %v", has)
	}

	finish(t, f, f.Stop(there))
	waitFor(t, f, there, "stopped", func(s engine.Sandbox) bool { return !s.State.Running() })
	if s := is(f, name); !healthy(s) {
		t.Errorf("the other one is %s", s.State)
	}
	closed := func() bool { return !listens(way) }
	enginetest.Eventually(t, 20*time.Second, "the way to the stopped one to be closed", closed)
	finish(t, f, f.Start(there))
	waitFor(t, f, there, "healthy", healthy)
	enginetest.Eventually(t, 20*time.Second, "the way to it to be open again", func() bool { return listens(way) })
	if again, status := opens(t, f, there); again != way || status != http.StatusOK {
		t.Errorf("after a stop and a start it is opened at %s instead of %s: %d", again, way, status)
	}

	far.Kill()
	enginetest.Eventually(t, 20*time.Second, "the way to an engine that is away to be closed", closed)
	away := waitFor(t, f, there, "away", func(s engine.Sandbox) bool { return s.Away != nil })
	if away.Engine != "far" || away.Address == "" || away.Usage != nil {
		t.Errorf("what is left of it is %+v", away)
	}
	finish(t, f, f.Restart(name))
	waitFor(t, f, name, "healthy", healthy)
	if f.Snapshot().Also[0].Status.Phase != connect.Lost {
		t.Errorf("the far engine is %s", f.Snapshot().Also[0].Status.Phase)
	}
	far.Start()
	f.LookAgain()
	waitFor(t, f, there, "there again", func(s engine.Sandbox) bool { return s.Away == nil && s.Name != "" })
}

// silent is an address that takes connections and never answers.
func silent(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer func() { _ = conn.Close() }()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-ended
	})
	return "tcp://" + l.Addr().String()
}

// An engine whose computer takes connections and never answers.
func TestAnEngineThatHangsDelaysNobody(t *testing.T) {
	near := enginetest.Shared(t)
	silent := silent(t)
	f, _ := open(t, func(string) string { return "" }, config.Endpoint{Name: "near", Host: near.Host}, config.Endpoint{Name: "hung", Host: silent})
	enginetest.Eventually(t, 20*time.Second, "the first engine", func() bool { return f.Snapshot().Engine.Phase == connect.Connected })
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := f.Volumes(ctx); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > memberPatience+5*time.Second {
		t.Errorf("the volumes took %v", took)
	}
	s := f.Snapshot()
	if len(s.Also) != 1 || s.Also[0].Name != "hung" || s.Also[0].Status.Phase == connect.Connected {
		t.Errorf("the further engines are %+v", s.Also)
	}
}

func TestTheEnginesAreThoseThatAreChosenNow(t *testing.T) {
	docker, podman := enginetest.Shared(t), enginetest.Podman(t)
	dead := "unix://" + filepath.Join(t.TempDir(), "dead.sock")
	f, _ := open(t, func(string) string { return "" }, config.Endpoint{Name: "one", Host: docker.Host}, config.Endpoint{Name: "two", Host: podman.Host}, config.Endpoint{Name: "dead", Host: dead})
	also := func() string {
		var all []string
		for _, m := range f.Snapshot().Also {
			all = append(all, m.Name+" "+string(m.Status.Phase))
		}
		return strings.Join(all, ", ")
	}
	enginetest.Eventually(t, 20*time.Second, "both", func() bool {
		s := f.Snapshot()
		return s.Engine.Phase == connect.Connected && also() == "two connected, dead looking"
	})
	enginetest.Eventually(t, 20*time.Second, "the containers of the one that is there to be read", func() bool {
		s := f.Snapshot()
		return s.Also[0].Listed && !s.Also[1].Listed
	})
	change := func(do func(*config.Settings)) {
		t.Helper()
		s := f.Settings()
		do(&s)
		if err := f.Apply(s); err != nil {
			t.Fatal(err)
		}
	}
	change(func(s *config.Settings) { s.AlsoEndpoints = []string{"two"} })
	if also() != "two connected" {
		t.Errorf("after one went: %s", also())
	}
	change(func(s *config.Settings) { s.Endpoint, s.AlsoEndpoints = "two", []string{"one", "two"} })
	enginetest.Eventually(t, 20*time.Second, "them the other way round", func() bool {
		s := f.Snapshot()
		return s.Engine.Phase == connect.Connected && s.Engine.Endpoint.Name == "two" && also() == "one connected"
	})
	change(func(s *config.Settings) { s.AlsoEndpoints = nil })
	if also() != "" {
		t.Errorf("with none further: %s", also())
	}
	if id := f.Start("x@one"); id != 0 {
		t.Error("a command for an engine that is gone is carried out elsewhere")
	}
	notices := f.Snapshot().Notices
	if n := len(notices); n == 0 || !strings.Contains(notices[n-1].Text, "x@one") {
		t.Errorf("nobody is told: %+v", notices)
	}
}
