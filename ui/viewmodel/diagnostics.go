package viewmodel

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2/data/binding"

	"berth/engine"
	"berth/engine/diagnose"
	"berth/engine/task"
	"berth/ui/i18n"
)

// Diagnostics is the page of what helps to find out what is wrong, gathered while somebody looks at it.
type Diagnostics struct {
	app *App

	Revision  binding.Item[uint64] // grows when Cards would answer something else
	Measuring binding.Bool         // the engine counts what it keeps
	DiskAge   binding.String       // "measured 2 min ago"; "" before

	cards     []DiagnosisCard
	diskAt    time.Time
	asked     string    // what the report was gathered of: connection, sandboxes, failures
	askedAt   time.Time // and when; zero while nobody looks
	measuring task.ID   // 0 for none
}

// DiagnosisCard is some lines of the report under a heading.
type DiagnosisCard struct {
	Key string // the heading in English: diagnose.DiskTitle
	Group
}

// diagnosisAge is how old the report may become while somebody looks at it.
const diagnosisAge = 30 * time.Second

// logLines is how many lines of the log the page shows; the report has more.
const logLines = 12

func newDiagnostics(app *App) *Diagnostics {
	return &Diagnostics{app: app, Revision: newBound(same[uint64]), Measuring: newBool(), DiskAge: newString()}
}

// Cards are the report by heading; none before the first was gathered.
func (d *Diagnostics) Cards() []DiagnosisCard { return d.cards }

func (d *Diagnostics) apply(s engine.Snapshot, now time.Time) {
	d.follow(s)
	if get(d.app.Page) != DiagnosticsPage || !d.app.visible {
		d.askedAt = time.Time{}
		return
	}
	d.age(now)
	if key := diagnosisKey(s); key != d.asked || now.Sub(d.askedAt) >= diagnosisAge {
		d.asked = key
		d.Refresh()
	}
}

// follow knows whether the engine still counts.
func (d *Diagnostics) follow(s engine.Snapshot) {
	if d.measuring == 0 {
		return
	}
	for _, t := range s.Tasks {
		if t.ID == d.measuring && t.State.Over() {
			d.measuring = 0
			d.askedAt = time.Time{}
			set(d.Measuring, false)
		}
	}
}

// diagnosisKey changes with what a report would tell anew.
func diagnosisKey(s engine.Snapshot) string {
	key := fmt.Sprint(s.Engine.Phase, s.Engine.Endpoint.Host, s.Listed, len(s.Notices))
	for _, one := range s.Sandboxes {
		key += fmt.Sprint(one.Name, one.State, one.Detail)
	}
	for _, t := range s.Tasks {
		if t.State == task.Failed {
			key += fmt.Sprint(t.ID)
		}
	}
	return key
}

// Refresh gathers the report anew.
func (d *Diagnostics) Refresh() {
	d.askedAt = d.app.Now()
	d.Report(func(diagnose.Report) {})
}

// Report gathers a report and hands it over on the main goroutine; the page shows it too.
func (d *Diagnostics) Report(then func(diagnose.Report)) {
	d.app.Async(func(ctx context.Context) func() {
		r := d.app.engine.Diagnose(ctx)
		cards := diagnosisCards(r)
		return func() {
			d.cards, d.diskAt = cards, time.Time{}
			if r.Disk != nil {
				d.diskAt = r.Disk.At
			}
			d.age(d.app.Now())
			grow(d.Revision)
			then(r)
		}
	})
}

func (d *Diagnostics) age(now time.Time) {
	words := ""
	if !d.diskAt.IsZero() {
		words = i18n.T("measured %s ago", Age(now.Sub(d.diskAt)))
	}
	set(d.DiskAge, words)
}

// Measure has the engine count what it keeps.
func (d *Diagnostics) Measure() {
	d.measuring = d.app.engine.MeasureDisk()
	set(d.Measuring, true)
}

// CancelMeasure ends the counting.
func (d *Diagnostics) CancelMeasure() {
	if d.measuring != 0 {
		d.app.engine.Cancel(d.measuring)
	}
}

// diagnosisCards puts the report's fixed words into the person's language.
func diagnosisCards(r diagnose.Report) []DiagnosisCard {
	var cards []DiagnosisCard
	for _, section := range r.Sections() {
		lines := section.Lines
		if section.Title == diagnose.LogTitle {
			lines = lines[max(0, len(lines)-logLines):]
		}
		card := DiagnosisCard{Key: section.Title, Group: Group{Title: Spoken(section.Title)}}
		for _, line := range lines {
			fact := Fact{Label: diagnosisLabel(line.Label), Value: line.Value, Mono: section.Title == diagnose.LogTitle && !line.Said}
			if line.Said {
				fact.Value = Spoken(line.Value)
			}
			if line.Bad {
				fact.Tone = Trouble
			}
			card.Facts = append(card.Facts, fact)
		}
		if len(card.Facts) > 0 {
			cards = append(cards, card)
		}
	}
	return cards
}

// diagnosisLabel is a label in the person's language; what stands before it, and moves it under another one, stays.
func diagnosisLabel(label string) string {
	words := strings.TrimLeft(label, " ")
	return label[:len(label)-len(words)] + Spoken(words)
}
