package viewmodel

import (
	"context"
	"time"

	"fyne.io/fyne/v2/data/binding"

	"berth/engine"
	"berth/engine/fault"
	"berth/engine/sandbox"
)

// Detail is the chosen sandbox: its actions and its log.
type Detail struct {
	app *App

	Name    binding.String // "" when none is chosen
	Summary binding.String // "healthy for 3 h · opencode 1.18.33"
	Tone    binding.Item[Tone]
	Problem binding.Item[*fault.Error] // why its last command failed; nil when it did not

	CanOpen, CanStart, CanStop, CanRestart, CanRemove binding.Bool

	Log         *LogSource
	LogRevision binding.Item[uint64]
	LogSize     binding.String // "18,402 lines · 2.1 MiB"
}

func newDetail(app *App) *Detail {
	return &Detail{
		app: app, Name: binding.NewString(), Summary: binding.NewString(), Tone: binding.NewItem(same[Tone]),
		Problem: binding.NewItem(same[*fault.Error]),
		CanOpen: binding.NewBool(), CanStart: binding.NewBool(), CanStop: binding.NewBool(), CanRestart: binding.NewBool(), CanRemove: binding.NewBool(),
		Log: &LogSource{}, LogRevision: binding.NewItem(same[uint64]), LogSize: binding.NewString(),
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
	if chosen.Name == "" {
		set(d.Problem, nil)
		d.applyLog("")
		return
	}
	_, tone := StateWords(chosen, now)
	set(d.Tone, tone)
	set(d.Summary, Summary(chosen, now))
	set(d.Problem, chosen.Err)
	state := chosen.State
	set(d.CanOpen, state == sandbox.Healthy)
	set(d.CanStart, !state.Running() && state != sandbox.Restarts)
	set(d.CanStop, state.Running() || state == sandbox.Restarts)
	set(d.CanRestart, state.Running())
	set(d.CanRemove, true)
	d.applyLog(chosen.Name)
}

// applyLog turns to the log of a sandbox, or looks whether it has grown.
func (d *Detail) applyLog(name string) {
	if d.Log.point(d.app.engine, name) {
		set(d.LogSize, d.Log.words())
		grow(d.LogRevision)
	}
}

// OpenURL is an address that takes a browser to a sandbox, signed in, once. It waits for opencode.
func (d *Detail) OpenURL(ctx context.Context, name string) (string, error) {
	return d.app.engine.OpenURL(ctx, name)
}
