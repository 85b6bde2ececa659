package viewmodel

import (
	"slices"

	"fyne.io/fyne/v2/data/binding"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/connect"
)

// Settings is the page of settings.
type Settings struct {
	engine Engine

	Revision binding.Item[uint64] // grows when Value or Endpoints would answer something else
	Error    binding.String       // why the last change was refused; "" when it was not
	Theme    binding.String       // "system", "light", "dark"

	endpoints []AttemptRow
	used      string
}

func newSettings(e Engine) *Settings {
	s := &Settings{engine: e, Revision: binding.NewItem(same[uint64]), Error: binding.NewString(), Theme: binding.NewString()}
	value := e.Settings()
	set(s.Theme, value.Window.Theme)
	return s
}

// Value are the settings in force.
func (s *Settings) Value() config.Settings { return s.engine.Settings() }

// Endpoints are every endpoint found and what is known of it; used is the name of the one that is connected.
func (s *Settings) Endpoints() (all []AttemptRow, used string) { return s.endpoints, s.used }

func (s *Settings) apply(snap engine.Snapshot) {
	rows := make([]AttemptRow, len(snap.Engine.Attempts))
	for i, a := range snap.Engine.Attempts {
		rows[i] = attemptRow(a)
	}
	used := ""
	if snap.Engine.Phase == connect.Connected {
		used = snap.Engine.Endpoint.Name
	}
	if used != s.used || !slices.Equal(rows, s.endpoints) {
		s.endpoints, s.used = rows, used
		grow(s.Revision)
	}
}

// Change applies a change to the settings; a refused one changes nothing, and Error says why.
func (s *Settings) Change(do func(*config.Settings)) bool {
	value := s.engine.Settings()
	do(&value)
	if err := s.engine.Apply(value); err != nil {
		set(s.Error, Cause(err))
		return false
	}
	set(s.Error, "")
	set(s.Theme, value.Window.Theme)
	grow(s.Revision)
	return true
}

// Choose uses that endpoint from now on; "" chooses by itself.
func (s *Settings) Choose(endpoint string) {
	s.engine.Choose(endpoint)
	grow(s.Revision)
}
