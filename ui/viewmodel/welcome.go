package viewmodel

import (
	"slices"
	"time"
	"unicode"

	"fyne.io/fyne/v2/data/binding"

	"berth/engine"
	"berth/engine/connect"
	"berth/engine/fault"
	"berth/ui/i18n"
)

// Welcome is what stands there while no engine answers.
type Welcome struct {
	engine Engine

	Visible  binding.Bool
	Title    binding.String
	Text     binding.String
	Command  binding.String // the exact command that mends it; "" when there is none
	CanStart binding.Bool   // Berth can run it
	Verb     binding.String // "Start Docker"
	Revision binding.Item[uint64]

	attempts []AttemptRow
}

func newWelcome(e Engine) *Welcome {
	return &Welcome{
		engine: e, Visible: newBool(), Title: newString(), Text: newString(), Command: newString(),
		CanStart: newBool(), Verb: newString(), Revision: newBound(same[uint64]),
	}
}

// Attempts are the endpoints, in the order in which they were tried.
func (w *Welcome) Attempts() []AttemptRow { return w.attempts }

// title says what is wrong in a few words.
func title(kind fault.Kind) string {
	switch kind {
	case fault.NoEngine:
		return i18n.T("No Docker engine was found")
	case fault.NotRunning:
		return i18n.T("The engine is installed but not running")
	case fault.Permission:
		return i18n.T("You may not use the engine yet")
	case fault.GroupInactive:
		return i18n.T("Log out and in again to use Docker")
	case fault.EngineTooOld:
		return i18n.T("The engine and this Berth do not fit")
	case fault.EngineHung:
		return i18n.T("The engine does not answer")
	case fault.BadContext:
		return i18n.T("The chosen endpoint cannot be used")
	case fault.Network:
		return i18n.T("The engine's computer cannot be reached")
	}
	return i18n.T("No engine can be used")
}

func (w *Welcome) apply(s engine.Snapshot, now time.Time) {
	status := s.Engine
	// A lost engine keeps the table on screen; only when nothing was ever seen there is nothing to keep.
	others := slices.ContainsFunc(s.Also, func(m engine.Member) bool { return m.Status.Phase == connect.Connected }) || len(s.Also) > 0 && len(s.Sandboxes) > 0
	visible := !others && status.Phase == connect.Looking || !others && status.Phase == connect.Lost && len(s.Sandboxes) == 0
	set(w.Visible, visible)
	if !visible {
		return
	}
	if status.Err == nil {
		set(w.Title, i18n.T("Looking for an engine"))
		set(w.Text, i18n.T("Berth runs opencode in a container, so it needs Docker or Podman."))
		set(w.Command, "")
		set(w.CanStart, false)
	} else {
		set(w.Title, title(status.Err.Kind))
		set(w.Text, sentence(Cause(status.Err))+" "+Spoken(status.Err.Remedy)+" "+i18n.T("Berth goes on by itself as soon as an engine answers."))
		set(w.Command, status.Err.Command)
		set(w.CanStart, status.Err.Action == fault.StartEngine)
		set(w.Verb, i18n.T("Start the engine"))
	}
	var rows []AttemptRow
	for _, a := range status.Attempts {
		if a.Tried || a.Endpoint.Source != connect.FromSocket { // a well-known place nobody asked for tells nothing
			rows = append(rows, attemptRow(a))
		}
	}
	if !slices.Equal(rows, w.attempts) {
		w.attempts = rows
		grow(w.Revision)
	}
}

// sentence makes a cause a sentence.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return string(append([]rune{unicode.ToUpper([]rune(s)[0])}, []rune(s)[1:]...)) + "."
}

// Start runs the remedy.
func (w *Welcome) Start() { w.engine.StartEngine() }

// LookAgain searches now.
func (w *Welcome) LookAgain() { w.engine.LookAgain() }
