package viewmodel

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/sandbox"
	"berth/ui/uitest"
)

func TestAMemoryThatNobodyTouchesStaysWhatItIs(t *testing.T) {
	for bytes, want := range map[int64]string{1500 << 20: "1500 MiB", 4 << 30: "4 GiB", 1<<30 + 1: "1073741825 B", 0: "4 GiB"} {
		a := New(newFake())
		one := engine.Sandbox{Name: "a", State: sandbox.Healthy, Spec: sandbox.Spec{Name: "a", Image: "x", Memory: bytes}}
		a.Apply(uitest.Connected(one), now)
		f, _ := a.EditForm("a")
		if got := f.Value(MemoryField); got != want {
			t.Errorf("%d bytes read %q, want %q", bytes, got, want)
		}
		f.Set(CPUsField, "2")
		if got := f.Spec().Memory; got != bytes {
			t.Errorf("another edit made %d of %d bytes", got, bytes)
		}
		if parsed, err := parseMemory(want); err != nil || bytes > 0 && parsed != bytes {
			t.Errorf("%q is read as %d, %v", want, parsed, err)
		}
	}
}

func TestWhatIsNoNumberIsNoNumberOfCPUs(t *testing.T) {
	for _, text := range []string{"NaN", "nan", "Inf", "-1", "0", "5000", "two"} {
		if n, err := parseCPUs(text); err == nil {
			t.Errorf("%q is %v", text, n)
		}
	}
}

func TestAnImageThatNobodyChoseIsLeftToTheSettings(t *testing.T) {
	for name, c := range map[string]struct {
		settings func(*config.Sandbox)
		edit     func(*Form)
		want     string
	}{
		"untouched":              {edit: func(*Form) {}, want: ""},
		"another one":            {edit: func(f *Form) { f.Set(ImageField, "y:1") }, want: "y:1"},
		"with CPUs of its own":   {settings: func(s *config.Sandbox) { s.CPUs = 2 }, edit: func(f *Form) { f.Set(CPUsField, "3") }, want: ""},
		"all CPUs, not two":      {settings: func(s *config.Sandbox) { s.CPUs = 2 }, edit: func(f *Form) { f.Set(CPUsField, "") }, want: ""},
		"not hardened as others": {settings: func(s *config.Sandbox) { s.Hardened = true }, edit: func(f *Form) { f.Set(HardenedField, "false") }, want: ""},
	} {
		e := newFake()
		e.Saved.Image.Source, e.Saved.Image.References = config.SourcePull, []string{"first:1", "second:1"}
		if c.settings != nil {
			c.settings(&e.Saved.Sandbox)
		}
		a := New(e)
		a.PortTaken = func(string) bool { return false }
		a.Apply(uitest.Connected(), now)
		f := a.NewForm()
		c.edit(f)
		a.Submit(f)
		if got := e.Specs[0].Image; got != c.want {
			t.Errorf("%s: the image is %q, want %q", name, got, c.want)
		}
		if text := f.Spec().Image; text == "" {
			t.Errorf("%s: the docker command has no image", name)
		}
	}
}

func TestANewSandboxIsChosenOnceItIsThere(t *testing.T) {
	made := func(others ...engine.Sandbox) (*App, func()) {
		a := New(newFake())
		a.PortTaken = func(string) bool { return false }
		a.Apply(uitest.Connected(others...), now)
		f := a.NewForm()
		f.Set(NameField, "new")
		a.Submit(f)
		return a, func() { a.Apply(uitest.Connected(append(others, engine.Sandbox{Name: "new"})...), now) }
	}
	old, other := engine.Sandbox{Name: "a"}, engine.Sandbox{Name: "b"}
	a, appears := made(old, other)
	if got := get(a.Sandboxes.Selected); got != "a" {
		t.Fatalf("chosen is %q before it is there", got)
	}
	appears()
	if got := get(a.Sandboxes.Selected); got != "new" {
		t.Errorf("chosen is %q", got)
	}
	a.Sandboxes.Select("b")
	appears()
	if got := get(a.Sandboxes.Selected); got != "b" {
		t.Errorf("%q is chosen again", got)
	}

	a, appears = made(old, other)
	a.Sandboxes.Select("b")
	appears()
	if got := get(a.Sandboxes.Selected); got != "b" {
		t.Errorf("the choice of somebody who looks elsewhere becomes %q", got)
	}
}

func TestAPortOfThisComputersProgramsIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if !portTaken(l.Addr().String()) {
		t.Error("a port that is listened on is free")
	}
	address := l.Addr().String()
	_ = l.Close()
	if portTaken(address) {
		t.Error("a free port is taken")
	}

	a := New(newFake())
	a.PortTaken = func(address string) bool { return address == "127.0.0.1:4096" || address == "127.0.0.1:4100" }
	own := engine.Sandbox{Name: "a", State: sandbox.Healthy, Spec: sandbox.Spec{Name: "a", Image: "x", Port: 4100}}
	a.Apply(uitest.Connected(own), now)
	told := 0
	f := a.NewForm()
	f.Learn(func() { told++ })
	if got := f.Value(PortField); got != "4097" || told == 0 {
		t.Errorf("a new sandbox is proposed the port %s", got)
	}
	f.Set(PortField, "4096")
	f.Learn(func() {})
	if got := f.Check()[PortField]; !got.Bad {
		t.Errorf("a taken port is %+v", got)
	}
	edit, _ := a.EditForm("a")
	edit.Learn(func() {})
	if got, ok := edit.Check()[PortField]; ok {
		t.Errorf("its own port is %+v", got)
	}
}

func TestAFormWaitsForWhatItDoesNotKnowYet(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	link := filepath.Join(t.TempDir(), "projects")
	if err := os.Symlink(home, link); err != nil {
		t.Skip(err)
	}
	a := New(newFake())
	a.PortTaken = func(string) bool { return false }
	a.Apply(uitest.Connected(), now)
	var works []func(context.Context) func()
	a.Async = func(work func(context.Context) func()) { works = append(works, work) }
	f := a.NewForm()
	f.Set(ProjectsField, link)
	f.Learn(func() {})
	if f.Ready(true) {
		t.Error("it is carried out before its folder was looked at")
	}
	for _, work := range works {
		work(context.Background())()
	}
	if got := f.Check()[ProjectsField]; got.Bad || got.Text == "" {
		t.Errorf("a link to the home folder is %+v", got)
	}
	if f.Ready(false) || !f.Ready(true) {
		t.Error("it needs to be agreed to, and no more")
	}
}

// noPin is an engine layer that does not know yet for which processor the image has to be.
type noPin struct{ *uitest.Engine }

func (noPin) ImageFor(config.Settings) string { return "berth/opencode:" }

func TestAFormWithoutAnEngineNamesNoImage(t *testing.T) {
	a := New(noPin{newFake()})
	a.PortTaken = func(string) bool { return false }
	f := a.NewForm()
	if found, ok := f.Check()[ImageField]; ok || f.Value(ImageField) != "" || !f.Ready(false) {
		t.Errorf("the image %q is %+v", f.Value(ImageField), found)
	}
	f.Set(ImageField, "Not An Image")
	if !f.Check()[ImageField].Bad {
		t.Error("nonsense is an image")
	}
}

func TestTheFormOfASandboxThatIsGoneBeginsWithWhatItWas(t *testing.T) {
	a := New(newFake())
	was := sandbox.Spec{Name: "old", Image: "y:1", Port: 4111, Memory: 1 << 30, PIDs: 77, CapAdd: []string{"SYS_PTRACE"}, Env: map[string]string{"A": "b"}, Restart: "no"}
	f := a.AgainForm("old", &was)
	if got := f.order(); f.Edits || !reflect.DeepEqual(got, was) {
		t.Errorf("it asks for %+v, want %+v", got, was)
	}
	f = a.AgainForm("older", nil)
	if got := f.order(); got.Name != "older" || got.Image != "" || got.Memory == 0 {
		t.Errorf("where it is not known it asks for %+v", got)
	}
}
