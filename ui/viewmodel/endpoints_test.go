package viewmodel

import (
	"context"
	"errors"
	"strings"
	"testing"

	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/fault"
	"berth/ui/uitest"
)

// withEndpoints is an app that found these endpoints, connected to the first.
func withEndpoints(t *testing.T, all ...connect.Attempt) (*App, *uitest.Engine) {
	t.Helper()
	a, f := keptApp(t)
	snap := uitest.Connected()
	snap.Engine.Endpoint = all[0].Endpoint
	snap.Engine.Attempts = all
	a.Apply(snap, a.Now())
	return a, f
}

func attempt(name, host string, err *fault.Error) connect.Attempt {
	return connect.Attempt{Endpoint: connect.Endpoint{Name: name, Host: host, Source: connect.FromSocket}, Tried: true, Err: err}
}

func TestTheMenuOfEnginesHasWhatIsThereAndSaysHowItDoes(t *testing.T) {
	lab := connect.Attempt{Endpoint: connect.Endpoint{Name: "lab", Host: "tcp://lab:2375", Source: connect.FromSettings, Added: true, Plain: true}}
	a, _ := withEndpoints(t,
		attempt("default", "unix:///run/docker.sock", nil),
		attempt("Podman", "unix:///run/podman.sock", &fault.Error{Kind: fault.NotRunning, Why: "nothing listens on it"}),
		attempt("Colima", "unix:///colima.sock", &fault.Error{Kind: fault.NoEngine, Why: "it is not installed"}),
		lab,
	)
	var said []string
	for _, c := range a.Settings.Choices() {
		line := c.Label + ": " + c.Words
		if c.Used {
			line = "* " + line
		}
		said = append(said, line)
	}
	want := []string{
		"* Choose by itself: the first on this computer that answers", "* default: connected", "Podman: nothing listens on it",
		"lab: not tried: choose it to connect · not encrypted",
	}
	if strings.Join(said, "\n") != strings.Join(want, "\n") {
		t.Errorf("the menu has\n%s", strings.Join(said, "\n"))
	}
}

func TestTheMenuTicksTheChosenEngineWhileNoneAnswers(t *testing.T) {
	down := &fault.Error{Kind: fault.NotRunning, Why: "nothing listens on it"}
	a, f := withEndpoints(t, attempt("default", "unix:///run/docker.sock", nil), attempt("Podman", "unix:///run/podman.sock", down))
	f.Saved.Endpoint = "Podman"
	snap := uitest.Connected()
	snap.Engine = connect.Status{Phase: connect.Looking, Err: down, Attempts: []connect.Attempt{attempt("default", "unix:///run/docker.sock", nil), attempt("Podman", "unix:///run/podman.sock", down)}}
	a.Apply(snap, a.Now())
	for _, c := range a.Settings.Choices() {
		if c.Used != (c.Name == "Podman") || c.Used && (c.Words != "nothing listens on it" || c.Tone != Trouble) {
			t.Errorf("%+v", c)
		}
	}
}

func TestAnEngineThatIsLookedForIsNoTroubleYet(t *testing.T) {
	for want, s := range map[Tone]connect.Status{
		Good: {Phase: connect.Connected}, Caution: {Phase: connect.Looking}, Trouble: {Phase: connect.Looking, Err: fault.New(fault.NotRunning, "connect", "nothing listens on it")},
	} {
		if got := statusTone(s); got != want {
			t.Errorf("%v is %v, want %v", s, got, want)
		}
	}
}

func TestAnAddressIsCheckedWhileItIsTyped(t *testing.T) {
	a, f := withEndpoints(t, attempt("default", "unix:///var/run/docker.sock", nil))
	f.Saved.Endpoints = []config.Endpoint{{Name: "mine", Host: "ssh://mine"}}
	for host, says := range map[string]string{
		"lab": "Begin with", "ftp://lab": "bind address", "ssh://ann:pw@lab": "password", "unix://x": "not absolute", "tcp://lab:0": "not a port",
		"unix:///var/run/docker.sock": "in the list already: default",
	} {
		form := a.NewEndpointForm()
		form.Set(EndpointName, "lab")
		form.Set(EndpointHost, host)
		found := form.Check()[EndpointHost]
		if !found.Bad || !strings.Contains(found.Text, says) || strings.Contains(found.Text, "pw") || form.Ready(true) || form.CanTry() {
			t.Errorf("of %s is said %+v", host, found)
		}
	}
	for name, bad := range map[string]bool{"lab": false, "default": true, "mine": true, "a://b": true, strings.Repeat("x", 61): true} {
		form := a.NewEndpointForm()
		form.Set(EndpointHost, "ssh://ann@lab")
		form.Set(EndpointName, name)
		if form.Check()[EndpointName].Bad != bad || form.Ready(false) == bad {
			t.Errorf("of the name %s is said %+v", name, form.Check())
		}
	}
}

func TestAnAddressWithoutEncryptionNeedsAnAgreement(t *testing.T) {
	a, f := withEndpoints(t, attempt("default", "unix:///var/run/docker.sock", nil))
	form := a.NewEndpointForm()
	form.Set(EndpointName, "lab")
	form.Set(EndpointHost, " tcp://lab:2375 ")
	if found := form.Check()[EndpointHost]; found.Bad || !strings.Contains(found.Text, "nothing is encrypted") {
		t.Errorf("it says %+v", found)
	}
	if form.Ready(false) || !form.Ready(true) {
		t.Error("it can be added without an agreement, or not with one")
	}
	form.Add(true)
	if len(f.Saved.Endpoints) != 1 || f.Saved.Endpoints[0] != (config.Endpoint{Name: "lab", Host: "tcp://lab:2375"}) || f.Saved.Endpoint != "lab" {
		t.Errorf("saved %+v, %q", f.Saved.Endpoints, f.Saved.Endpoint)
	}
	a.Settings.Forget("lab")
	if len(f.Saved.Endpoints) != 0 || f.Saved.Endpoint != "" {
		t.Errorf("after it was removed: %+v, %q", f.Saved.Endpoints, f.Saved.Endpoint)
	}
}

func TestAFolderOfCertificatesIsLookedAtBehindTheWindow(t *testing.T) {
	a, _ := withEndpoints(t, attempt("default", "unix:///var/run/docker.sock", nil))
	form := a.NewEndpointForm()
	form.Set(EndpointName, "lab")
	form.Set(EndpointHost, "tcp://lab:2376")
	form.Set(EndpointCerts, t.TempDir())
	told := false
	form.LookAtCerts(func() { told = true })
	if found := form.Check(); !told || !found[EndpointCerts].Bad || !strings.Contains(found[EndpointCerts].Text, "ca.pem is missing") || found[EndpointHost].Text != "" || form.Ready(true) {
		t.Errorf("it says %+v", found)
	}
	form.Set(EndpointHost, "ssh://lab")
	if len(form.Check()) != 0 || !form.Ready(false) {
		t.Errorf("for ssh it says %+v", form.Check())
	}
}

func TestATryTellsWhatAnswersOrWhyNothingDoes(t *testing.T) {
	a, f := withEndpoints(t, attempt("default", "unix:///var/run/docker.sock", nil))
	form := a.NewEndpointForm()
	form.Set(EndpointHost, "ssh://ann@lab")
	form.Try(func() {})
	if answer, failure := form.Tried(); answer != "Docker 28.5.2 answers." || failure != nil {
		t.Errorf("it says %q, %v", answer, failure)
	}
	f.TryErr = &fault.Error{Kind: fault.Permission, Why: "no key", Remedy: "Sign in."}
	form.Try(func() {})
	if answer, failure := form.Tried(); answer != "" || failure == nil || failure.Remedy != "Sign in." {
		t.Errorf("it says %q, %v", answer, failure)
	}
	form.Set(EndpointHost, "ssh://ann@other")
	if answer, failure := form.Tried(); answer != "" || failure != nil {
		t.Error("what came of another address is still said")
	}
	if len(f.Saved.Endpoints) != 0 {
		t.Error("a try saves something")
	}
}

func TestATryThatIsGivenUpSaysNothingAnyMore(t *testing.T) {
	a, _ := withEndpoints(t, attempt("default", "unix:///var/run/docker.sock", nil))
	var waiting []func(context.Context) func()
	a.Async = func(work func(context.Context) func()) { waiting = append(waiting, work) }
	form := a.NewEndpointForm()
	form.Set(EndpointHost, "ssh://ann@lab")
	form.Try(func() { t.Error("it is told of") })
	if !form.Trying() {
		t.Fatal("it does not try")
	}
	form.Set(EndpointHost, "ssh://ann@other")
	waiting[0](t.Context())()
	if answer, failure := form.Tried(); form.Trying() || answer != "" || failure != nil {
		t.Errorf("it says %q, %v", answer, failure)
	}
	if errors.Is(t.Context().Err(), context.Canceled) {
		t.Error("the app's own context was ended")
	}
}

func TestTheSettingsPageLooksWhatTheOtherEnginesDo(t *testing.T) {
	a, f := withEndpoints(t, attempt("default", "unix:///var/run/docker.sock", nil))
	a.Go(SettingsPage)
	if told := strings.Join(f.Told, "\n"); !strings.Contains(told, "look again") {
		t.Errorf("it told %s", told)
	}
}
