package viewmodel

import (
	"context"
	"errors"
	"testing"
	"time"

	"berth/engine"
	"berth/engine/agent"
	"berth/engine/config"
	"berth/engine/sandbox"
	"berth/ui/uitest"
)

// one is a sandbox with a container.
func one(name string) engine.Sandbox {
	return engine.Sandbox{Name: name, ContainerID: "id-" + name, State: sandbox.Healthy, Since: now.Add(-time.Hour)}
}

func detailed(title string) engine.Details {
	return engine.Details{ContainerID: "0123", StartedAt: now.Add(-time.Minute), Sessions: []agent.Conversation{{ID: "1", Title: title, Updated: now}}}
}

func TestTheDetailsOfAnotherSandboxAreGoneAtOnce(t *testing.T) {
	f := newFake()
	f.Detailed = detailed("mend it")
	a := New(f)
	a.Show(true)
	a.Apply(uitest.Connected(one("a"), one("b")), now)
	a.Facts.Watch(true)
	if rows, _ := a.Facts.List(); len(rows) != 1 || len(a.Facts.Groups()) == 0 {
		t.Fatalf("sessions %v", rows)
	}
	wantString(t, a.Facts.Sessions, "1 session")
	a.Async = func(func(context.Context) func()) {} // the engine does not answer
	a.Sandboxes.Select("b")
	if rows, note := a.Facts.List(); len(rows) != 0 || len(a.Facts.Groups()) != 0 || note != "" {
		t.Errorf("a's sessions %v and details stand under b", rows)
	}
	wantString(t, a.Facts.Sessions, "")
}

func TestSessionsAreReadAgainWhileSomebodyLooks(t *testing.T) {
	f := newFake()
	f.Detailed = detailed("first")
	a := New(f)
	a.Show(true)
	at := now
	a.Now = func() time.Time { return at }
	apply := func(s engine.Sandbox) { a.Apply(uitest.Connected(s), at) }
	asked := func(want int, when string) {
		t.Helper()
		if len(f.Asked) != want {
			t.Errorf("%s, it was asked %d times, want %d", when, len(f.Asked), want)
		}
	}
	apply(one("a"))
	asked(1, "to count the sessions")
	at = at.Add(time.Minute)
	apply(one("a"))
	asked(1, "while nobody looks at them")
	a.Facts.Watch(true)
	asked(2, "when the tab is shown")
	at = at.Add(29 * time.Second)
	apply(one("a"))
	asked(2, "after 29 s")
	f.Detailed = detailed("second")
	at = at.Add(time.Second)
	apply(one("a"))
	asked(3, "after 30 s")
	if rows, _ := a.Facts.List(); rows[0].Title != "second" {
		t.Errorf("the session is still %q", rows[0].Title)
	}
	stopped := one("a")
	stopped.State = sandbox.Stopped
	apply(stopped)
	asked(4, "when it stopped")
	a.Go(ImagesPage)
	at = at.Add(time.Hour)
	apply(stopped)
	asked(4, "on another page")
}

func TestTheAgesInTheDetailsGrow(t *testing.T) {
	f := newFake()
	f.Detailed = detailed("x")
	a := New(f)
	a.Apply(uitest.Connected(one("a")), now)
	a.Facts.Watch(true)
	before := a.Facts.Groups()[0].Facts[3].Value
	a.Apply(uitest.Connected(one("a")), now.Add(10*time.Second))
	if after := a.Facts.Groups()[0].Facts[3].Value; after == before {
		t.Errorf("it still started %s", after)
	}
}

func TestTheListOfImagesIsReadAgainWhenItMayBeAnother(t *testing.T) {
	f := newFake()
	a := New(f)
	s := uitest.Connected(one("a"))
	a.Now = func() time.Time { return now }
	asked := 0
	a.Async = func(work func(context.Context) func()) { asked++; work(context.Background())() }
	reads := func(what string, change func()) {
		t.Helper()
		asked = 0
		change()
		a.Apply(s, now)
		if asked == 0 {
			t.Errorf("%s, and the list is as it was", what)
		}
		asked = 0
		a.Apply(s, now)
		if asked != 0 {
			t.Errorf("%s, and the list is read for ever", what)
		}
	}
	a.Facts.Watch(false)
	reads("it is the first time", func() {})
	reads("a sandbox is made of another image", func() { s.Sandboxes[0].ImageID = "sha256:2" })
	reads("the engine's images changed", func() { s.Images++ })
	reads("the settings pull another", func() { f.Saved.Image.Source, f.Saved.Image.References = config.SourcePull, []string{"x/y:2"} })
	f.ListErr = errors.New("no answer")
	reads("it failed", func() { s.Images++ })
	wantString(t, a.Images.Trouble, "no answer")
	f.ListErr = nil
	a.Now = func() time.Time { return now.Add(imagesPatience) }
	a.Apply(s, now.Add(imagesPatience))
	wantString(t, a.Images.Trouble, "")
}
