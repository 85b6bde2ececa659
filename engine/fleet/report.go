package fleet

import (
	"context"
	"slices"
	"strings"
	"sync"

	"berth/engine/diagnose"
	"berth/engine/task"
)

// Diagnose gathers all that helps to find out what is wrong, of every engine. Each is asked at the same time, so one that hangs
// costs no more than its own patience.
func (f *Fleet) Diagnose(ctx context.Context) diagnose.Report {
	var members []*member
	for _, m := range f.present() {
		if !m.leaving.Load() {
			members = append(members, m)
		}
	}
	reports := make([]diagnose.Report, len(members))
	var wg sync.WaitGroup
	for i, m := range members {
		wg.Go(func() { reports[i] = m.engine.DiagnoseEngine(ctx) })
	}
	all := f.Engine.Diagnose(ctx)
	wg.Wait()
	for i, m := range members {
		r := reports[i]
		r.Connection.Attempts = nil // each engine looks for the same ones
		all.Further = append(all.Further, diagnose.Further{Connection: r.Connection, Engine: r.Engine, EngineErr: r.EngineErr, Disk: r.Disk})
		for _, one := range r.Sandboxes {
			one.Name = m.qualified(one.Name)
			all.Sandboxes = append(all.Sandboxes, one)
		}
		for _, one := range r.Failures {
			one.Title += " (" + m.name + ")"
			all.Failures = append(all.Failures, one)
		}
		for _, one := range r.Notes {
			one.Text = m.name + ": " + one.Text
			all.Notes = append(all.Notes, one)
		}
	}
	if len(members) > 0 {
		slices.SortStableFunc(all.Sandboxes, func(a, b diagnose.Sandbox) int { return strings.Compare(a.Name, b.Name) })
		slices.SortStableFunc(all.Failures, func(a, b diagnose.Failure) int { return b.At.Compare(a.At) })
		slices.SortStableFunc(all.Notes, func(a, b diagnose.Note) int { return a.At.Compare(b.At) })
		all.Failures = all.Failures[:min(len(all.Failures), diagnose.MostFailures)]
	}
	return all
}

// MeasureDisk has every engine count what it keeps, each as a task of its own; the first one's is given.
func (f *Fleet) MeasureDisk() task.ID {
	for _, m := range f.present() {
		if !m.leaving.Load() {
			m.engine.MeasureDisk()
		}
	}
	return f.Engine.MeasureDisk()
}
