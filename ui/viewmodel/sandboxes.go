package viewmodel

import (
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2/data/binding"

	"berth/engine"
	"berth/engine/connect"
	"berth/engine/task"
)

// DefaultSandbox is the sandbox that the first start makes.
const DefaultSandbox = "default"

// Sandboxes is the table.
type Sandboxes struct {
	app *App

	Revision binding.Item[uint64] // grows when Rows would answer something else
	Selected binding.String       // name of the chosen sandbox; "" when there is none
	Count    binding.String       // for the rail
	Empty    binding.Bool         // the engine has no sandbox at all
	NoMatch  binding.Bool         // there are some, and the filter hides all

	all    []SandboxRow
	rows   []SandboxRow
	filter string
}

func newSandboxes(app *App) *Sandboxes {
	return &Sandboxes{
		app: app, Revision: binding.NewItem(same[uint64]), Selected: binding.NewString(), Count: binding.NewString(),
		Empty: binding.NewBool(), NoMatch: binding.NewBool(),
	}
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
	set(s.Empty, snap.Engine.Phase == connect.Connected && snap.Listed && len(all) == 0)
	s.all = all
	s.show()
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
	if slices.ContainsFunc(s.all, func(r SandboxRow) bool { return r.Name == chosen }) {
		return
	}
	chosen = ""
	if len(rows) > 0 {
		chosen = rows[0].Name
	}
	s.Select(chosen)
}

// Filter shows only rows that contain each of the words.
func (s *Sandboxes) Filter(words string) {
	s.filter = words
	s.show()
}

// Select chooses a sandbox.
func (s *Sandboxes) Select(name string) {
	if name == get(s.Selected) {
		return
	}
	set(s.Selected, name)
	s.app.look()
	s.app.Detail.apply(s.app.snapshot, time.Now())
}

// Start starts a sandbox; one that does not exist yet is made with the defaults.
func (s *Sandboxes) Start(name string) task.ID { return s.app.engine.Start(name) }

// Stop stops a sandbox.
func (s *Sandboxes) Stop(name string) task.ID { return s.app.engine.Stop(name) }

// Restart restarts a sandbox.
func (s *Sandboxes) Restart(name string) task.ID { return s.app.engine.Restart(name) }

// Remove removes a sandbox's container; its volumes stay.
func (s *Sandboxes) Remove(name string) task.ID { return s.app.engine.Remove(name) }
