package viewmodel

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"berth/engine/fault"
	"berth/engine/release"
	"berth/ui/uitest"
)

// asked is an app with a feed that answers, and a clock.
type asked struct {
	*App
	engine *uitest.Engine
	now    time.Time
	newest release.Release
	err    error
	times  int
	told   []string
}

func newAsked(t *testing.T, feed string) *asked {
	t.Helper()
	a := &asked{engine: uitest.New(), now: time.Unix(1e9, 0), newest: release.Release{Version: "1.3.0", Notes: "New.", Page: "https://r.test/1.3.0"}}
	a.engine.Saved.Update.Feed = feed
	a.App = New(a.engine)
	a.Now = func() time.Time { return a.now }
	a.Releases.Version = "1.2.3"
	a.Releases.Newest = func(_ context.Context, got string) (release.Release, bool, error) {
		if got != a.engine.Saved.Update.Feed {
			t.Errorf("asked %s", got)
		}
		a.times++
		return a.newest, a.newest != (release.Release{}), a.err
	}
	a.Releases.Told = func(version string) { a.told = append(a.told, version) }
	a.later(0)
	return a
}

func (a *asked) later(d time.Duration) {
	a.now = a.now.Add(d)
	a.Apply(uitest.Connected(), a.now)
}

func TestAFeedIsAskedAfterTheStartAndOnceADay(t *testing.T) {
	a := newAsked(t, "https://r.test/releases")
	a.later(feedIdle - time.Second)
	if a.times != 0 {
		t.Error("it was asked at once")
	}
	for range 10 {
		a.later(time.Second)
	}
	if a.times != 1 || len(a.told) != 1 || a.told[0] != "1.3.0" || get(a.Releases.Found) != a.newest || !strings.Contains(get(a.Releases.Said).Text, "1.3.0 is available") {
		t.Errorf("asked %d times, told %v, %v", a.times, a.told, get(a.Releases.Said))
	}
	a.later(feedPause - 12*time.Second)
	if a.times != 1 {
		t.Error("it was asked twice in a day")
	}
	a.later(time.Minute)
	if a.times != 2 || len(a.told) != 1 { // of the same version once
		t.Errorf("asked %d times, told %v", a.times, a.told)
	}
	// Started again, it is asked when the day is over, and told of what is newer still.
	b := newAsked(t, "https://r.test/releases")
	b.engine.Saved.Update = a.engine.Saved.Update
	b.now = a.now
	b.newest.Version = "1.4.0"
	b.later(time.Hour)
	if b.times != 0 {
		t.Error("a start asked once more")
	}
	b.later(feedPause)
	if b.times != 1 || len(b.told) != 1 {
		t.Errorf("asked %d times, told %v", b.times, b.told)
	}
}

func TestNobodyIsAskedWithoutAFeed(t *testing.T) {
	a := newAsked(t, "")
	a.later(time.Hour)
	a.later(feedPause)
	a.Releases.Check()
	if a.times != 0 || !get(a.Releases.Said).Bad {
		t.Errorf("asked %d times, %v", a.times, get(a.Releases.Said))
	}
}

func TestAFeedThatCannotBeReachedIsAskedAgainBeforeLong(t *testing.T) {
	a := newAsked(t, "https://r.test/releases")
	a.newest, a.err = release.Release{}, fault.New(fault.Network, "ask", "no route to host")
	a.later(feedIdle)
	a.later(time.Minute)
	if said := get(a.Releases.Said); a.times != 1 || !said.Bad || said.Text != "No route to host." {
		t.Errorf("asked %d times, %v", a.times, said)
	}
	a.later(feedRetry)
	if a.times != 2 {
		t.Errorf("asked %d times", a.times)
	}
	a.err = &fault.Error{Kind: fault.NotFound, Why: "the feed answers 404", Remedy: "Check the address."} // an answer, for a day
	a.later(feedRetry + time.Minute)
	a.later(feedRetry + time.Minute)
	if said := get(a.Releases.Said); a.times != 3 || said.Text != "The feed answers 404. Check the address." {
		t.Errorf("asked %d times, %v", a.times, said)
	}
}

func TestWhatAFeedSaidIsShownInWords(t *testing.T) {
	for name, c := range map[string]struct {
		running, newest, words string
		found                  bool
	}{
		"newer":               {"1.2.3", "1.3.0", "Berth 1.3.0 is available; this is 1.2.3.", true},
		"the same":            {"1.3.0", "1.3.0", "This is the newest: 1.3.0.", false},
		"older":               {"v1.4.0", "1.3.0", "This is the newest: v1.4.0.", false},
		"a development build": {"0.1.0-dev", "1.3.0", "This is a development build, 0.1.0-dev; the newest release is 1.3.0.", true},
		"none":                {"1.2.3", "", "The feed has no release yet.", false},
	} {
		a := newAsked(t, "https://r.test/releases")
		a.Releases.Version = c.running
		a.newest = release.Release{Version: c.newest}
		a.Releases.Check()
		if said := get(a.Releases.Said); said.Text != c.words || said.Bad || (get(a.Releases.Found) != release.Release{}) != c.found {
			t.Errorf("%s: %v", name, said)
		}
		if told := name == "newer"; (len(a.told) == 1) != told {
			t.Errorf("%s: told %v", name, a.told)
		}
	}
}

func TestTheAnswerOfAnotherFeedIsForgotten(t *testing.T) {
	a := newAsked(t, "https://r.test/releases")
	a.Releases.Check()
	a.engine.Saved.Update.Feed = ""
	a.later(time.Second)
	if get(a.Releases.Said) != (Finding{}) || get(a.Releases.Found) != (release.Release{}) {
		t.Errorf("%v is still shown", get(a.Releases.Said))
	}
}

func TestOnlyAnAddressThatCanBeAFeedIsSaved(t *testing.T) {
	a := newAsked(t, "")
	o := feedOptions()[0]
	if a.Settings.Try(o, "http://r.test/") == "" || a.Settings.Try(o, "https://me:secret@r.test/") == "" || a.Settings.Try(o, "") != "" {
		t.Error("an address that is none is taken, or none is not")
	}
	if !a.Settings.Set(o, " https://r.test/releases ") || a.engine.Saved.Update.Feed != "https://r.test/releases" {
		t.Errorf("saved %+v", a.engine.Saved.Update)
	}
	saved := a.engine.Saved
	saved.Update.Feed = "http://r.test/"
	if err := saved.Validate(); err == nil || !errors.Is(err, fault.BadInput) {
		t.Errorf("%v", err)
	}
}
