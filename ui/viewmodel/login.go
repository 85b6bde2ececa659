package viewmodel

import (
	"context"

	"fyne.io/fyne/v2/data/binding"

	"berth/engine/autostart"
	"berth/engine/fault"
	"berth/ui/i18n"
)

// LoginStart lets the system start Berth at login. *autostart.Login is the real one; both of its methods wait for the system.
type LoginStart interface {
	Look() autostart.Status
	Set(on bool) error
}

// Login is the setting that the system keeps: whether Berth is started at login.
type Login struct {
	app *App

	System  LoginStart // nil where there is none
	Checked binding.Bool
	Said    binding.Item[Finding] // what there is to know of it

	busy bool  // the system is asked
	wish *bool // what was switched meanwhile; nil when nothing was
	look bool  // it is to be looked at once more
}

func newLogin(app *App) *Login {
	return &Login{app: app, Checked: newBool(), Said: newBound(same[Finding])}
}

// Look reads what the system does, for that may have been changed elsewhere.
func (l *Login) Look() {
	l.look = true
	l.next()
}

// Set lets the system start Berth at login, or not.
func (l *Login) Set(on bool) {
	set(l.Checked, on)
	l.wish = &on
	l.next()
}

// next does what is wanted, one after the other and away from the main goroutine.
func (l *Login) next() {
	if l.System == nil || l.busy || l.wish == nil && !l.look {
		return
	}
	wish, system := l.wish, l.System
	l.busy, l.wish, l.look = true, nil, false
	l.app.Async(func(context.Context) func() {
		var err error
		if wish != nil {
			err = system.Set(*wish)
		}
		status := system.Look()
		return func() {
			l.busy = false
			if l.wish == nil { // newer ones decide
				l.show(status, err)
			}
			l.next()
		}
	})
}

func (l *Login) show(s autostart.Status, err error) {
	set(l.Checked, s.State.Starts())
	said := Finding{}
	switch s.State {
	case autostart.Disabled:
		said.Text = i18n.T("There is an entry, but it is turned off elsewhere: %s", plain(s.Where))
	case autostart.Changed:
		said.Text = i18n.T("The entry was changed elsewhere; it starts %s. Switch it off and on to have it as Berth makes it.", plain(s.Starts))
	case autostart.Other:
		said.Text = i18n.T("The entry starts another program: %s. Switch it off and on to have this one started.", plain(s.Starts))
	case autostart.Unknown:
		err = s.Err
	}
	if f := fault.From("", err); f != nil {
		said = Finding{Text: plain(capital(f.Cause())) + ". " + plain(Spoken(f.Remedy)), Bad: true}
	}
	set(l.Said, said)
}
