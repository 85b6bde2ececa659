package viewmodel

import (
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2/data/binding"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/task"
)

// DefaultSandbox is the sandbox that the first start makes.
const DefaultSandbox = "default"

// Sandboxes is the table.
type Sandboxes struct {
	app *App

	Revision binding.Item[uint64] // grows when Rows would answer something else
	Selected binding.String       // key of the chosen row, which is a sandbox's name; "" when there is none
	Others   binding.Bool         // containers that are no sandboxes are shown too
	Count    binding.String       // for the rail
	Empty    binding.Bool         // the engine has no sandbox at all
	NoMatch  binding.Bool         // there are some, and the filter hides all

	Failed binding.Item[Problem] // why a sandbox could not be made, when there is none of it to show that; until dismissed

	all    []SandboxRow
	rows   []SandboxRow
	filter string
	coming string  // the sandbox that was asked for and is chosen once it is there; "" for none
	seen   task.ID // failures up to here were dismissed
}

func newSandboxes(app *App) *Sandboxes {
	s := &Sandboxes{
		app: app, Others: newBool(), Revision: newBound(same[uint64]), Selected: newString(), Count: newString(),
		Empty: newBool(), NoMatch: newBool(), Failed: newBound(Problem.Equal),
	}
	set(s.Others, app.Settings.Value().Window.Table.All)
	return s
}

// All are the rows of all sandboxes, whatever the filter.
func (s *Sandboxes) All() []SandboxRow {
	return slices.DeleteFunc(slices.Clone(s.all), func(r SandboxRow) bool { return r.Other })
}

// ShowOthers shows containers that are no sandboxes too, or not, and remembers it.
func (s *Sandboxes) ShowOthers(show bool) {
	set(s.Others, show)
	s.app.Settings.Change(func(c *config.Settings) { c.Window.Table.All = show })
	s.apply(s.app.snapshot, s.app.Now())
}

// Look is how the table was left: hidden columns and order.
func (s *Sandboxes) Look() config.Table { return s.app.Settings.Value().Window.Table }

// ChangeLook remembers how the table is left.
func (s *Sandboxes) ChangeLook(do func(*config.Table)) {
	s.app.Settings.Change(func(c *config.Settings) { do(&c.Window.Table) })
}

// Rows are the sandboxes that the filter lets through. Nobody may change them.
func (s *Sandboxes) Rows() []SandboxRow { return s.rows }

func (s *Sandboxes) apply(snap engine.Snapshot, now time.Time) {
	all := make([]SandboxRow, len(snap.Sandboxes))
	for i, one := range snap.Sandboxes {
		all[i] = sandboxRow(one, now)
	}
	count := ""
	if len(all) > 0 {
		count = strconv.Itoa(len(all))
	}
	set(s.Count, count)
	if get(s.Others) {
		for _, c := range snap.Others {
			all = append(all, otherRow(c, now))
		}
	}
	set(s.Empty, snap.Engine.Phase == connect.Connected && snap.Listed && len(all) == 0)
	set(s.Failed, firstFailure(snap, s.seen))
	s.all = all
	s.show()
}

// Exists reports whether there is a sandbox of that name.
func (s *Sandboxes) Exists(name string) bool {
	return slices.ContainsFunc(s.all, func(r SandboxRow) bool { return !r.Other && r.Key == name })
}

// DismissFailed hides why a sandbox could not be made; the activity page keeps it.
func (s *Sandboxes) DismissFailed() {
	for _, v := range s.app.snapshot.Tasks {
		s.seen = max(s.seen, v.ID)
	}
	set(s.Failed, Problem{})
}

// show filters, and keeps the choice on a row that exists.
func (s *Sandboxes) show() {
	var rows []SandboxRow
	for _, row := range s.all {
		if row.matches(s.filter) {
			rows = append(rows, row)
		}
	}
	if !slices.EqualFunc(rows, s.rows, SandboxRow.equal) {
		s.rows = rows
		grow(s.Revision)
	}
	set(s.NoMatch, len(rows) == 0 && len(s.all) > 0)
	chosen := get(s.Selected)
	if s.coming != "" && s.Exists(s.coming) {
		chosen, s.coming = s.coming, ""
		s.choose(chosen)
		return
	}
	if slices.ContainsFunc(s.all, func(r SandboxRow) bool { return r.Key == chosen }) {
		return
	}
	chosen = ""
	if len(rows) > 0 {
		chosen = rows[0].Key
	}
	s.choose(chosen)
}

// Filter shows only rows that contain each of the words.
func (s *Sandboxes) Filter(words string) {
	s.filter = words
	s.show()
}

// Select chooses a sandbox. Who does so waits no longer for one that is just being made.
func (s *Sandboxes) Select(name string) {
	if name != get(s.Selected) {
		s.coming = ""
		s.choose(name)
	}
}

func (s *Sandboxes) choose(name string) {
	if name == get(s.Selected) {
		return
	}
	set(s.Selected, name)
	s.app.look()
	now := s.app.Now()
	s.app.Detail.apply(s.app.snapshot, now)
	s.app.Facts.apply(s.app.snapshot, now)
	s.app.Kept.apply(s.app.snapshot, now)
}

// Start starts a sandbox; one that does not exist yet is made with the defaults.
func (s *Sandboxes) Start(name string) task.ID { return s.app.engine.Start(name) }

// Stop stops a sandbox.
func (s *Sandboxes) Stop(name string) task.ID { return s.app.engine.Stop(name) }

// Restart restarts a sandbox.
func (s *Sandboxes) Restart(name string) task.ID { return s.app.engine.Restart(name) }

// Remove removes a sandbox's container; its volumes stay.
func (s *Sandboxes) Remove(name string) task.ID { return s.app.engine.Remove(name) }

// SaveLog writes a sandbox's whole log to a file.
func (s *Sandboxes) SaveLog(name, path string) task.ID { return s.app.engine.SaveLog(name, path) }
