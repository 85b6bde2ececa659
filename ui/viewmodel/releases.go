package viewmodel

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2/data/binding"

	"berth/engine/config"
	"berth/engine/fault"
	"berth/engine/release"
	"berth/ui/i18n"
)

// When a feed is asked by itself.
const (
	feedIdle  = 30 * time.Second // after the start, which has better to do
	feedPause = 24 * time.Hour   // between two answers
	feedRetry = time.Hour        // after one that could not be reached
)

// Releases tell whether there is a newer Berth, where the settings name a feed that says so.
type Releases struct {
	app *App

	Version string // of the Berth that runs
	// Newest asks a feed for its highest release; false when it has none. It waits for the answer. Nil asks nobody.
	Newest func(ctx context.Context, feed string) (release.Release, bool, error)
	// Told hears once of each newer version.
	Told func(version string)

	Said  binding.Item[Finding]         // what came of it
	Found binding.Item[release.Release] // the newer one; its zero value is none
	Busy  binding.Bool                  // the feed is asked

	began  time.Time // when the first snapshot was shown
	next   time.Time // not before then, after a failure
	answer string    // the feed whose answer is shown
}

func newReleases(app *App) *Releases {
	return &Releases{app: app, Said: newBound(same[Finding]), Found: newBound(same[release.Release]), Busy: newBool()}
}

// resume takes over when the feed was asked, by the one before. What it answered is asked for again when a person wants it.
func (r *Releases) resume(before *Releases) { r.began, r.next = before.began, before.next }

// apply asks the feed when it is time to.
func (r *Releases) apply(now time.Time) {
	if r.began.IsZero() {
		r.began = now
	}
	update := r.app.Settings.Value().Update
	if update.Feed != r.answer { // what another one answered is not true of this
		r.answer = update.Feed
		r.next = time.Time{}
		set(r.Said, Finding{})
		set(r.Found, release.Release{})
	}
	since := now.Sub(time.Unix(update.Checked, 0))
	if update.Feed == "" || now.Sub(r.began) < feedIdle || now.Before(r.next) || since >= 0 && since < feedPause {
		return
	}
	r.ask(now)
}

// Any reports whether a newer release is known.
func (r *Releases) Any() bool { return get(r.Found) != release.Release{} }

// Check asks the feed now.
func (r *Releases) Check() {
	if r.app.Settings.Value().Update.Feed == "" {
		set(r.Said, Finding{Text: i18n.T("Write the address of a feed first."), Bad: true})
		return
	}
	r.ask(r.app.Now())
}

func (r *Releases) ask(now time.Time) {
	if r.Newest == nil || get(r.Busy) {
		return
	}
	set(r.Busy, true)
	feed := r.app.Settings.Value().Update.Feed
	r.answer = feed
	r.app.Async(func(ctx context.Context) func() {
		newest, found, err := r.Newest(ctx, feed)
		return func() {
			set(r.Busy, false)
			if r.app.Settings.Value().Update.Feed != feed {
				return // it was changed meanwhile
			}
			r.next = now.Add(feedRetry)
			// What did not reach it is tried again before long; all else is an answer for a day.
			if !errors.Is(err, fault.Network) && !errors.Is(err, fault.Timeout) {
				r.app.Settings.Keep(func(s *config.Settings) { s.Update.Checked = now.Unix() })
			}
			r.show(newest, found, err)
		}
	})
}

func (r *Releases) show(newest release.Release, found bool, err error) {
	set(r.Found, release.Release{})
	switch {
	case err != nil:
		f := fault.From("", err)
		text := plain(capital(Cause(f))) + "."
		if f.Remedy != "" {
			text += " " + Spoken(f.Remedy)
		}
		set(r.Said, Finding{Text: text, Bad: true})
	case !found:
		set(r.Said, Finding{Text: i18n.T("The feed has no release yet.")})
	case release.Development(r.Version):
		set(r.Found, newest)
		set(r.Said, Finding{Text: i18n.T("This is a development build, %[1]s; the newest release is %[2]s.", r.Version, newest.Version)})
	case !newest.Newer(r.Version):
		set(r.Said, Finding{Text: i18n.T("This is the newest: %s.", r.Version)})
	default:
		set(r.Found, newest)
		set(r.Said, Finding{Text: i18n.T("Berth %[1]s is available; this is %[2]s.", newest.Version, r.Version)})
		if r.Told != nil && r.app.Settings.Value().Update.Told != newest.Version {
			r.Told(newest.Version)
			r.app.Settings.Keep(func(s *config.Settings) { s.Update.Told = newest.Version })
		}
	}
}

// FeedOption is the key of the feed's address.
const FeedOption = "update.feed"

// feedOptions are the settings of Berth's own updates. The page shows them in a card of their own.
func feedOptions() []Option {
	return []Option{{
		Key: FeedOption, Label: i18n.T("Feed of releases"), Hint: i18n.T("An https address that answers as GitHub's releases API does; empty asks nobody"),
		Reading: func(s config.Settings) string { return s.Update.Feed },
		Writing: func(s *config.Settings, v string) error {
			if err := release.CheckAddress(v); v != "" && err != nil {
				return errors.New(capital(Cause(err)) + ".")
			}
			s.Update.Feed = v
			return nil
		},
	}}
}
