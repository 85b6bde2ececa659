package viewmodel

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2/data/binding"

	"berth/engine"
	"berth/engine/sandbox"
)

// Detail is the chosen sandbox: its actions and its log.
type Detail struct {
	app *App

	Name    binding.String // "" when none is chosen
	Summary binding.String // "healthy for 3 h · opencode 1.18.33"
	Tone    binding.Item[Tone]
	Problem binding.Item[Problem] // why its last command failed; the zero value when it did not

	Other  binding.Bool   // it is a container that is no sandbox
	Update binding.String // version it can be updated to; "" for none that is known

	CanOpen, CanStart, CanStop, CanRestart, CanRemove binding.Bool

	Log *Log
}

func newDetail(app *App) *Detail {
	return &Detail{
		app: app, Name: newString(), Summary: newString(), Tone: newBound(same[Tone]),
		Other: newBool(), Update: newString(), Problem: newBound(Problem.Equal),
		CanOpen: newBool(), CanStart: newBool(), CanStop: newBool(), CanRestart: newBool(), CanRemove: newBool(),
		Log: newLog(app),
	}
}

func (d *Detail) apply(snap engine.Snapshot, now time.Time) {
	name := get(d.app.Sandboxes.Selected)
	var chosen engine.Sandbox
	for _, s := range snap.Sandboxes {
		if s.Name == name {
			chosen = s
		}
	}
	set(d.Name, chosen.Name)
	if other, ok := strings.CutPrefix(name, otherMark); ok {
		d.applyOther(snap, other)
		return
	}
	set(d.Other, false)
	if chosen.Name == "" {
		set(d.Problem, Problem{})
		for _, can := range []binding.Bool{d.CanOpen, d.CanStart, d.CanStop, d.CanRestart, d.CanRemove} {
			set(can, false)
		}
		d.Log.point("")
		return
	}
	set(d.Update, chosen.Update)
	_, tone := StateWords(chosen, now)
	set(d.Tone, tone)
	set(d.Summary, Summary(chosen, now))
	problem := Problem{}
	if chosen.Err != nil {
		problem = Problem{Err: chosen.Err, Sandbox: chosen.Name, Task: chosen.Failed}
	}
	set(d.Problem, problem)
	state := chosen.State
	set(d.CanOpen, state == sandbox.Healthy)
	set(d.CanStart, state.Startable())
	set(d.CanStop, state.Stoppable())
	set(d.CanRestart, state.Running())
	set(d.CanRemove, true)
	if chosen.Away != nil {
		for _, can := range []binding.Bool{d.CanOpen, d.CanStart, d.CanStop, d.CanRestart, d.CanRemove} {
			set(can, false)
		}
	}
	d.Log.point(chosen.Name)
}

// applyOther shows a container that is no sandbox, of which there is little to show and nothing to do.
func (d *Detail) applyOther(snap engine.Snapshot, name string) {
	set(d.Other, true)
	set(d.Update, "")
	set(d.Name, name)
	set(d.Problem, Problem{})
	for _, c := range snap.Others {
		if c.Name == name {
			words, tone := statusWords(c)
			set(d.Tone, tone)
			set(d.Summary, lowerFirst(words)+" · "+c.Image)
		}
	}
	for _, can := range []binding.Bool{d.CanOpen, d.CanStart, d.CanStop, d.CanRestart, d.CanRemove} {
		set(can, false)
	}
	d.Log.point("")
}

// OpenURL is an address that takes a browser to a sandbox, signed in, once. It waits for opencode.
func (d *Detail) OpenURL(ctx context.Context, name string) (string, error) {
	return d.app.engine.OpenURL(ctx, name)
}
