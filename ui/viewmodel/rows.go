package viewmodel

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"berth/engine"
	"berth/engine/sandbox"
	"berth/engine/task"
)

// SandboxRow is one sandbox as the table shows it.
type SandboxRow struct {
	Key     string // tells rows apart: a sandbox's name, or that of a container with a mark before it
	Name    string
	Engine  string // "" where there is only one
	Other   bool   // a container that is no sandbox: it is only shown
	CanOpen bool
	Away    bool // its engine is not there: all else is as it was then
	Tone    Tone
	State   string
	Need    int // how much its state needs a person, to sort by: the less, the more
	Version string
	Running bool
	Waits   bool   // it neither runs nor is to be started: it is being changed
	CPU     string // "" when it is not measured
	Load    float64
	Graph   []float64 // percent of a core, oldest first
	Memory  string
	Bytes   int64
	Share   float64 // of the limit, 0 to 1
	Address string
	Age     string
	Created time.Time
	Badges  []engine.Badge
}

func sandboxRow(s engine.Sandbox, now time.Time) SandboxRow {
	row := SandboxRow{
		Key: s.Name, Name: ownName(s.Name), Engine: s.Engine, CanOpen: s.Away == nil && s.State == sandbox.Healthy, Version: s.Version,
		Waits:   s.State == sandbox.Changing,
		Running: s.Away == nil && s.State.Running(), Away: s.Away != nil, Address: s.Address, Created: s.Created, Badges: s.Badges,
	}
	row.State, row.Tone = StateWords(s, now)
	row.Need = need(s)
	if !s.Created.IsZero() {
		row.Age = Age(now.Sub(s.Created))
	}
	if u := s.Usage; u != nil {
		row.CPU, row.Load, row.Graph = Percent(u.CPU), u.CPU, u.History
		row.Memory, row.Bytes = Memory(u.Memory), u.Memory
		if u.Limit > 0 {
			row.Share = min(float64(u.Memory)/float64(u.Limit), 1)
		}
	}
	return row
}

// otherMark begins the key of a container that is no sandbox. No name of a sandbox has a slash.
const otherMark = "container/"

// otherRow is a container that is no sandbox.
func otherRow(c engine.Container, now time.Time) SandboxRow {
	row := SandboxRow{
		Key: otherMark + c.Name, Name: ownName(c.Name), Engine: c.Engine, Other: true, Away: c.Away, Version: c.Image, Running: !c.Away && c.Status == "running", Address: c.Address,
		Created: c.Created, Age: Age(now.Sub(c.Created)),
	}
	row.State, row.Tone = statusWords(c)
	row.Need = otherNeed(c)
	return row
}

// equal reports whether two rows show the same, and sort and act the same.
func (r SandboxRow) equal(o SandboxRow) bool {
	return r.Key == o.Key && r.Name == o.Name && r.Engine == o.Engine && r.Away == o.Away && r.Other == o.Other && r.CanOpen == o.CanOpen && r.Tone == o.Tone && r.State == o.State && r.Need == o.Need &&
		r.Version == o.Version && r.Running == o.Running && r.Waits == o.Waits && r.CPU == o.CPU && slices.Equal(r.Graph, o.Graph) && r.Memory == o.Memory &&
		r.Share == o.Share && r.Address == o.Address && r.Age == o.Age && r.Created.Equal(o.Created) && slices.Equal(r.Badges, o.Badges)
}

// matches reports whether a filter's words are all in the row.
func (r SandboxRow) matches(filter string) bool {
	text := strings.ToLower(r.Name + " " + r.Engine + " " + r.State + " " + r.Version + " " + r.Address)
	for word := range strings.FieldsSeq(strings.ToLower(filter)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// StepRow is one step of a task as its list shows it.
type StepRow struct {
	ID       string
	Label    string
	Detail   string
	Right    string
	State    task.StepState
	Progress float64 // 0 to 1
	Sized    bool    // progress is known
}

func stepRow(s task.StepView, now time.Time) StepRow {
	row := StepRow{ID: s.ID, Label: Spoken(s.Label), Detail: Spoken(s.Detail), State: s.State, Right: StepRight(s, now)}
	switch {
	case s.State == task.StepDone || s.State == task.StepPresent:
		row.Progress, row.Sized = 1, true
	case s.Total > 0:
		row.Progress, row.Sized = min(float64(s.Current)/float64(s.Total), 1), true
	}
	return row
}

// TaskRow is one task as the activity page shows it.
type TaskRow struct {
	ID         task.ID
	Title      string
	Detail     string
	Reason     string // why it failed, or waits for another attempt; it may be long
	Right      string // figures while it runs, when and how long afterwards
	Tone       Tone
	Over       bool
	Failed     bool
	CanCancel  bool
	CanRepeat  bool
	Progress   float64
	Steps      []StepRow
	Err        error
	Problem    Problem // why it failed; the zero value when it did not
	LogRevised uint64  // grows with its log
}

func taskRow(v task.View, now time.Time) TaskRow {
	row := TaskRow{
		ID: v.ID, Title: Spoken(v.Title), Tone: TaskTone(v), Over: v.State.Over(), Failed: v.State == task.Failed,
		CanCancel: !v.State.Over(), CanRepeat: repeatable(v),
		Progress: v.Progress, Err: v.Err, Problem: taskProblem(v), LogRevised: v.LogLines,
	}
	row.Detail, row.Reason = TaskWords(v, now)
	if row.Over {
		row.Right = Clock(v.Started, now) + " · " + Took(v.Age(now))
	} else {
		row.Right = TaskProgress(v, false)
	}
	row.Steps = make([]StepRow, len(v.Steps))
	for i, s := range v.Steps {
		row.Steps[i] = stepRow(s, now)
	}
	return row
}

func (r TaskRow) equal(o TaskRow) bool {
	return r.ID == o.ID && r.Title == o.Title && r.Detail == o.Detail && r.Reason == o.Reason && r.Right == o.Right && r.Tone == o.Tone &&
		r.Over == o.Over && r.CanRepeat == o.CanRepeat && r.Problem.Equal(o.Problem) && r.Progress == o.Progress && r.LogRevised == o.LogRevised && slices.Equal(r.Steps, o.Steps)
}

// CompareNumbers orders texts as people do: runs of digits by the number they are, so that 1.18.9 comes before 1.18.33, and
// port 9000 before 10000.
func CompareNumbers(a, b string) int {
	for a != "" && b != "" {
		x, y := digits(a), digits(b)
		if x == 0 || y == 0 {
			if c := cmp.Compare(a[0], b[0]); c != 0 {
				return c
			}
			a, b = a[1:], b[1:]
			continue
		}
		m, n := strings.TrimLeft(a[:x], "0"), strings.TrimLeft(b[:y], "0")
		if c := cmp.Or(cmp.Compare(len(m), len(n)), strings.Compare(m, n)); c != 0 {
			return c
		}
		a, b = a[x:], b[y:]
	}
	return cmp.Compare(len(a), len(b))
}

// digits is how many digits a text begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
