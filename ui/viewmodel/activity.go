package viewmodel

import (
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2/data/binding"

	"berth/engine"
	"berth/engine/connect"
	"berth/engine/task"
	"berth/ui/i18n"
)

// Activity is the page of running and past tasks.
type Activity struct {
	engine Engine

	Revision binding.Item[uint64] // grows when Tasks would answer something else
	Count    binding.String       // of running tasks, for the rail

	tasks []TaskRow
}

func newActivity(e Engine) *Activity {
	return &Activity{engine: e, Revision: newBound(same[uint64]), Count: newString()}
}

// Tasks are the running tasks, then the past ones, each newest first. Nobody may change them.
func (a *Activity) Tasks() []TaskRow { return a.tasks }

func (a *Activity) apply(views []task.View, now time.Time) {
	var running, past []TaskRow
	for _, v := range views {
		if row := taskRow(v, now); row.Over {
			past = append(past, row)
		} else {
			running = append(running, row)
		}
	}
	count := ""
	if len(running) > 0 {
		count = strconv.Itoa(len(running))
	}
	set(a.Count, count)
	rows := append(running, past...)
	if !slices.EqualFunc(rows, a.tasks, TaskRow.equal) {
		a.tasks = rows
		grow(a.Revision)
	}
}

// Cancel asks a task to end.
func (a *Activity) Cancel(id task.ID) { a.engine.Cancel(id) }

// Again does once more what a finished task did.
func (a *Activity) Again(id task.ID) task.ID { return a.engine.Again(id) }

// Clear empties the history.
func (a *Activity) Clear() { a.engine.ForgetTasks() }

// Log is the log of one step, or of the whole task when step is "", as text.
func (a *Activity) Log(id task.ID, step string) string {
	var text []byte
	for _, line := range a.engine.TaskLog(id, step) {
		text = append(text, line.Text...)
		text = append(text, '\n')
	}
	return string(text)
}

// Bar is the slim bar with the task that matters now.
type Bar struct {
	engine Engine

	Busy     binding.Bool // a task runs
	Title    binding.String
	Figures  binding.String // "62 % · 5 of 9 · 18 s left"
	Progress binding.Float  // 0 to 1, in whole percents
	Tone     binding.Item[Tone]
	Idle     binding.String // what stands there when nothing runs: the last outcome, the next search

	task task.ID
}

func newBar(e Engine) *Bar {
	return &Bar{
		engine: e, Busy: newBool(), Title: newString(), Figures: newString(), Progress: newFloat(),
		Tone: newBound(same[Tone]), Idle: newString(),
	}
}

func (b *Bar) apply(s engine.Snapshot, now time.Time) {
	v, ok := foremost(s.Tasks)
	if !ok {
		b.task = 0
		set(b.Busy, false)
		b.idle(s, now)
		return
	}
	b.task = v.ID
	set(b.Title, Spoken(v.Title))
	set(b.Progress, float64(whole(v.Progress))/100)
	set(b.Tone, TaskTone(v))
	if v.State == task.Waiting {
		set(b.Figures, TaskDetail(v, now))
	} else {
		set(b.Figures, TaskProgress(v, true))
	}
	set(b.Busy, true)
}

// idle says what there is to say when nothing runs.
func (b *Bar) idle(s engine.Snapshot, now time.Time) {
	switch {
	case s.Engine.Phase != connect.Connected && s.Engine.Err != nil:
		set(b.Idle, capital(nextTry(s.Engine, now)))
		set(b.Tone, Caution)
	case len(s.Tasks) > 0:
		last := slices.MaxFunc(s.Tasks, func(a, b task.View) int { return a.Ended.Compare(b.Ended) })
		set(b.Idle, joined(Spoken(last.Title), TaskDetail(last, now)))
		set(b.Tone, TaskTone(last))
	default:
		set(b.Idle, i18n.T("Nothing running"))
		set(b.Tone, Neutral)
	}
}

// foremost is the running task with the most to show: one that gets an image rather than the start that waits for it, else
// the newest.
func foremost(tasks []task.View) (task.View, bool) {
	best := -1
	for i, v := range tasks {
		if v.State.Over() {
			continue
		}
		if v.Kind == task.Pull || v.Kind == task.Build {
			return v, true
		}
		if best < 0 {
			best = i
		}
	}
	if best < 0 {
		return task.View{}, false
	}
	return tasks[best], true
}

// Cancel asks the shown task to end.
func (b *Bar) Cancel() {
	if b.task != 0 {
		b.engine.Cancel(b.task)
	}
}
