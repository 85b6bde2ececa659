package viewmodel

import (
	"context"
	"slices"

	"fyne.io/fyne/v2/data/binding"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/ui/i18n"
)

// Settings is the page of settings.
type Settings struct {
	app    *App
	engine Engine

	Revision binding.Item[uint64]  // grows when Value or Endpoints would answer something else
	Refused  binding.Item[Refusal] // the last change, when it was refused
	Theme    binding.String        // "system", "light", "dark"
	Language binding.String        // as it is saved; "" is the desktop's

	endpoints []AttemptRow
	used      string
	members   []engine.Member

	// Saving a file takes as long as the disk likes, so changes are shown at once and saved behind that, one at a time.
	pending *config.Settings // what is shown while it is not saved yet; nil when all is
	changed string           // the option that was changed last; "" for none of the page
	saving  bool
	again   bool // pending changed while it was being saved
}

// Refusal says why a change was refused; the zero value that none was.
type Refusal struct {
	Key string // of the option; "" for what is no option of the page
	Why string
}

func newSettings(app *App) *Settings {
	s := &Settings{
		app: app, engine: app.engine, Revision: newBound(same[uint64]), Refused: newBound(same[Refusal]), Theme: newString(),
		Language: newString(),
	}
	s.tell()
	return s
}

// tell tells what others than the page have to know of the settings.
func (s *Settings) tell() {
	set(s.Theme, s.Value().Window.Theme)
	set(s.Language, s.engine.Settings().Window.Language)
}

// Value are the settings as they are shown: those in force, with the changes that are being saved.
func (s *Settings) Value() config.Settings {
	if s.pending != nil {
		return *s.pending
	}
	return s.engine.Settings()
}

// Endpoints are every endpoint found and what is known of it; used is the name of the one that is connected.
func (s *Settings) Endpoints() (all []AttemptRow, used string) { return s.endpoints, s.used }

func (s *Settings) apply(snap engine.Snapshot) {
	rows := make([]AttemptRow, len(snap.Engine.Attempts))
	for i, a := range snap.Engine.Attempts {
		rows[i] = attemptRow(a)
		for _, m := range snap.Also {
			if m.Name == rows[i].Name {
				rows[i].Words, rows[i].Tried, rows[i].Err = memberWords(m.Status), true, m.Status.Err != nil
			}
		}
	}
	used := ""
	if snap.Engine.Phase == connect.Connected {
		used = snap.Engine.Endpoint.Name
	}
	same := slices.EqualFunc(snap.Also, s.members, func(a, b engine.Member) bool {
		return a.Name == b.Name && a.Status.Phase == b.Status.Phase && a.Status.Err == b.Status.Err
	})
	if used != s.used || !same || !slices.Equal(rows, s.endpoints) {
		s.endpoints, s.used, s.members = rows, used, snap.Also
		grow(s.Revision)
	}
}

// Change applies a change to the settings and saves them; one that is refused changes nothing, and Refused says why.
func (s *Settings) Change(do func(*config.Settings)) bool { return s.change("", do) }

// Keep is Change for what nobody asked for, as the window's size: a refusal is not worth a word.
func (s *Settings) Keep(do func(*config.Settings)) bool { return s.change("window", do) }

// change is Change for an option of the page.
func (s *Settings) change(key string, do func(*config.Settings)) bool {
	value := s.Value()
	do(&value)
	s.changed = key
	if err := value.Validate(); err != nil {
		s.refuse(err)
		return false
	}
	s.pending = &value
	set(s.Refused, Refusal{})
	s.tell()
	grow(s.Revision)
	s.save()
	return get(s.Refused) == (Refusal{})
}

// save saves what is pending, away from the main goroutine.
func (s *Settings) save() {
	if s.saving {
		s.again = true
		return
	}
	s.saving, s.again = true, false
	value := *s.pending
	s.app.Async(func(context.Context) func() {
		err := s.engine.Apply(value)
		return func() {
			s.saving = false
			switch {
			case s.again:
				s.save() // newer ones decide
			case err != nil:
				s.pending = nil
				s.refuse(err)
			default:
				s.pending = nil
				s.tell()
			}
		}
	})
}

// Flush saves what is not saved yet and waits for it: the app ends.
func (s *Settings) Flush() {
	if s.pending != nil {
		_ = s.engine.Apply(*s.pending) // there is nobody left to tell
		s.pending = nil
	}
}

// refuse says why the last change is not in force; what shows it goes back.
func (s *Settings) refuse(err error) {
	s.tell()
	grow(s.Revision)
	set(s.Refused, Refusal{}) // the same a second time is news too
	set(s.Refused, Refusal{Key: s.changed, Why: Cause(err)})
	if s.changed == "" {
		s.app.Say(i18n.T("The settings could not be changed: %s", Cause(err)))
	}
}

// Choose uses that endpoint from now on; "" chooses by itself.
func (s *Settings) Choose(endpoint string) {
	used := s.used
	s.Change(func(value *config.Settings) {
		value.Endpoint = endpoint
		if i := slices.Index(value.AlsoEndpoints, endpoint); i >= 0 && endpoint != "" { // the two change places
			value.AlsoEndpoints = slices.Delete(slices.Clone(value.AlsoEndpoints), i, i+1)
			if used != "" && used != endpoint {
				value.AlsoEndpoints = append(value.AlsoEndpoints, used)
			}
		}
	})
}
