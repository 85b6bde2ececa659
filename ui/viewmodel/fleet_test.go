package viewmodel

import (
	"strings"
	"testing"

	"berth/engine"
	"berth/engine/connect"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/ui/uitest"
)

// severalEngines is a snapshot of one engine here and one far away that is lost, each with a sandbox called default.
func severalEngines() engine.Snapshot {
	gone := &fault.Error{Kind: fault.Network, Op: "talk to lab", Why: "that computer does not answer"}
	snap := uitest.Connected(
		engine.Sandbox{Name: "default", State: sandbox.Healthy, Engine: "default", Address: "127.0.0.1:4096"},
		engine.Sandbox{Name: "default@lab", State: sandbox.Healthy, Engine: "lab", Far: true, Away: gone, Address: "127.0.0.1:4096", Spec: sandbox.Spec{Name: "default", Port: 4096}},
	)
	snap.Also = []engine.Member{{Name: "lab", Status: connect.Status{Phase: connect.Lost, Err: gone, Endpoint: connect.Endpoint{Name: "lab", Host: "ssh://lab"}}}}
	return snap
}

func TestSandboxesOfSeveralEnginesAreKeptApart(t *testing.T) {
	a, f := keptApp(t)
	a.Apply(severalEngines(), a.Now())
	rows := a.Sandboxes.Rows()
	if len(rows) != 2 || rows[0].Name != "default" || rows[1].Name != "default" || rows[0].Key == rows[1].Key || rows[1].Engine != "lab" {
		t.Fatalf("the rows are %+v", rows)
	}
	if rows[1].State != "Engine away" || rows[1].Tone != Neutral || rows[1].CanOpen || rows[1].Running || !rows[1].Away || !rows[0].CanOpen {
		t.Errorf("the far one is %+v", rows[1])
	}
	a.Sandboxes.Select("default@lab")
	if get(a.Detail.CanStop) || get(a.Detail.CanOpen) || get(a.Detail.CanRemove) || !strings.Contains(get(a.Detail.Summary), "that computer does not answer") {
		t.Errorf("of it is said %q", get(a.Detail.Summary))
	}
	a.Sandboxes.Stop("default@lab")
	if told := f.Told[len(f.Told)-1]; told != "stop default@lab" {
		t.Errorf("told %q", told)
	}
	a.Sandboxes.Filter("lab")
	if rows := a.Sandboxes.Rows(); len(rows) != 1 || rows[0].Key != "default@lab" {
		t.Errorf("the filter leaves %+v", rows)
	}
}

func TestOtherContainersOfSeveralEnginesAreKeptApart(t *testing.T) {
	a, _ := keptApp(t)
	snap := severalEngines()
	other := func(name, on string) engine.Container {
		return engine.Container{ID: name, Name: name, Engine: on, Image: "postgres:17", Status: "running", Address: "127.0.0.1:5432"}
	}
	far, near := other("db@lab", "lab"), other("db@podman", "podman")
	far.Far, far.Away = true, true
	snap.Others = []engine.Container{other("db", "default"), far, near}
	snap.Also = append(snap.Also, engine.Member{Name: "podman", Status: snap.Engine})
	a.Apply(snap, a.Now())
	a.Sandboxes.ShowOthers(true)
	rows := a.Sandboxes.Rows()[2:]
	if len(rows) != 3 || rows[0].Name != "db" || rows[1].Name != "db" || rows[1].Engine != "lab" || rows[2].Engine != "podman" || rows[1].Key == rows[2].Key {
		t.Fatalf("the rows are %+v", rows)
	}
	if !rows[1].Away || rows[1].Running || rows[1].State != "Engine away" || rows[2].Away || !rows[2].Running {
		t.Errorf("the one that is away is %+v", rows[1])
	}
	a.Sandboxes.Select(rows[1].Key)
	if !get(a.Detail.Other) || get(a.Detail.Name) != "db@lab" || !strings.HasPrefix(get(a.Detail.Summary), "engine away") {
		t.Errorf("of it is said %q: %q", get(a.Detail.Name), get(a.Detail.Summary))
	}
	for on, want := range map[string]string{"": "db", "podman": "db", "lab": "db@lab"} { // this computer's engines share its ports
		if got := portUser(snap, 5432, on, ""); got != want {
			t.Errorf("port 5432 on %q is %q's, want %q's", on, got, want)
		}
	}
	snap.Others = snap.Others[1:2]
	if got := portUser(snap, 5432, "", ""); got != "" {
		t.Errorf("another computer's %q has the port of this one", got)
	}
}

func TestTheFootCountsTheEnginesAndShowsTheWorst(t *testing.T) {
	a, _ := keptApp(t)
	a.Apply(severalEngines(), a.Now())
	if get(a.EngineTitle) != "Docker 28.5.2 +1" || get(a.EngineTone) != Caution || !get(a.Several) {
		t.Errorf("it shows %q in %v", get(a.EngineTitle), get(a.EngineTone))
	}
	a.Apply(uitest.Connected(), a.Now())
	if get(a.EngineTitle) != "Docker 28.5.2" || get(a.EngineTone) != Good || get(a.Several) {
		t.Errorf("with one it shows %q in %v", get(a.EngineTitle), get(a.EngineTone))
	}
}

func TestANewSandboxIsMadeOnTheEngineThatIsChosen(t *testing.T) {
	a, f := keptApp(t)
	snap := severalEngines()
	snap.Sandboxes = append(snap.Sandboxes, engine.Sandbox{Name: "sandbox-2", Engine: "default", State: sandbox.Stopped})
	a.Apply(snap, a.Now())
	form := a.NewForm()
	if len(form.Engines()) != 2 || form.EngineWords("") != "default" || form.Value(NameField) != "sandbox-3" {
		t.Fatalf("it offers %q, and %q", form.Engines(), form.Value(NameField))
	}
	form.SetEngine("lab")
	if form.Value(NameField) != "sandbox-2" || form.Check()[NameField].Bad {
		t.Errorf("on the lab it is %q: %+v", form.Value(NameField), form.Check())
	}
	form.Set(NameField, "default")
	if !form.Check()[NameField].Bad {
		t.Error("a name that the lab has is taken")
	}
	form.Set(NameField, "sandbox-2")
	a.Submit(form)
	if spec := f.Specs[len(f.Specs)-1]; spec.Name != "sandbox-2@lab" {
		t.Errorf("created is %q", spec.Name)
	}
	edit, ok := a.EditForm("default@lab")
	if !ok || edit.Value(NameField) != "default" || edit.Engines() != nil {
		t.Fatalf("the edit has %q", edit.Value(NameField))
	}
	edit.Set(PortField, "4097")
	a.Submit(edit)
	if spec := f.Specs[len(f.Specs)-1]; spec.Name != "default@lab" {
		t.Errorf("edited is %q", spec.Name)
	}
}

// The ports of another computer are its own.
func TestAPortOfAnotherComputerIsNotTakenHere(t *testing.T) {
	snap := severalEngines()
	snap.Sandboxes = snap.Sandboxes[1:]
	if user := portUser(snap, 4096, "", ""); user != "" {
		t.Errorf("it is taken by %s", user)
	}
	if user := portUser(snap, 4096, "lab", ""); user != "default@lab" {
		t.Errorf("there it is taken by %q", user)
	}
	snap.Sandboxes[0].Far, snap.Also[0].Status.Endpoint.Host = false, "unix:///podman.sock"
	if user := portUser(snap, 4096, "", ""); user != "default@lab" {
		t.Errorf("of an engine of this computer it is taken by %q", user)
	}
}

func TestTheFirstEngineAndAFurtherOneChangePlaces(t *testing.T) {
	a, f := withEndpoints(t, attempt("default", "unix:///run/docker.sock", nil), attempt("Podman", "unix:///run/podman.sock", nil))
	a.Settings.ShowAlso("Podman", true)
	if got := f.Saved.AlsoEndpoints; len(got) != 1 || got[0] != "Podman" {
		t.Fatalf("shown too are %q", got)
	}
	a.Settings.Choose("Podman")
	if got := f.Saved; got.Endpoint != "Podman" || len(got.AlsoEndpoints) != 1 || got.AlsoEndpoints[0] != "default" {
		t.Errorf("in use is %q, shown too %q", got.Endpoint, got.AlsoEndpoints)
	}
	a.Settings.ShowAlso("default", false)
	if got := f.Saved.AlsoEndpoints; len(got) != 0 {
		t.Errorf("shown too are %q", got)
	}
}

func TestWhileTheFirstEngineIsLookedForTheOthersAreUsed(t *testing.T) {
	a, _ := keptApp(t)
	snap := severalEngines()
	snap.Engine = connect.Status{Phase: connect.Looking}
	snap.Sandboxes = snap.Sandboxes[1:]
	snap.Sandboxes[0].Away, snap.Also[0].Status.Phase = nil, connect.Connected
	a.Apply(snap, a.Now())
	if get(a.Welcome.Visible) || len(a.Sandboxes.Rows()) != 1 || !a.Sandboxes.Rows()[0].CanOpen {
		t.Error("the page about no engine hides them")
	}
}

func TestACloneGetsANameThatIsFreeOnItsEngine(t *testing.T) {
	a, _ := keptApp(t)
	snap := severalEngines()
	snap.Sandboxes = append(snap.Sandboxes, engine.Sandbox{Name: "default-2", State: sandbox.Stopped})
	a.Apply(snap, a.Now())
	if got := a.FreeName("default@lab"); got != "default-2" {
		t.Errorf("on the lab it is %q", got)
	}
	if got := a.FreeName("default"); got != "default-3" {
		t.Errorf("on the first it is %q", got)
	}
	if a.FreshNameTroubleBeside("default@lab", "default-2") != "" || a.FreshNameTroubleBeside("default@lab", "default") == "" {
		t.Error("a name is judged by another engine's sandboxes")
	}
	if a.NameTrouble("x@nowhere") == "" {
		t.Error("a name of an engine that is not there is taken")
	}
}
