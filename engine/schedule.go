package engine

import (
	"context"
	"os"
	"slices"
	"time"

	"berth/engine/connect"
	"berth/engine/sandbox"
	"berth/engine/task"
)

// How often it is looked whether a backup is due. The sleep of a computer and a set clock make longer waits untrue.
const (
	scheduleLook  = 10 * time.Minute
	scheduleFirst = time.Minute // after the start: the sandboxes come up first
)

// keepSchedule makes the backups that the settings want, until ctx ends.
func (e *Engine) keepSchedule(ctx context.Context) {
	timer := time.NewTimer(scheduleFirst)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		for _, name := range e.due(time.Now()) {
			e.scheduledBackup(ctx, name)
		}
		timer.Reset(scheduleLook)
	}
}

// due are the sandboxes of which a backup is due: the newest that was made by itself is older than the settings' interval,
// and they ran since.
func (e *Engine) due(now time.Time) []string {
	every := e.Settings().Backup.Interval()
	snap := e.Snapshot()
	if every == 0 || snap.Engine.Phase != connect.Connected || !snap.Listed {
		return nil
	}
	last := map[string]time.Time{}
	for _, b := range slices.Backward(e.Backups("")) {
		if b.Scheduled && e.ofHere(b) {
			last[b.Sandbox] = b.At
		}
	}
	var names []string
	for _, s := range snap.Sandboxes {
		at := last[s.Name]
		stood := !s.State.Running() && !s.Since.Truncate(time.Second).After(at) // a file's name has whole seconds
		if s.State != sandbox.Created && !stood && now.Sub(at) >= every {
			names = append(names, s.Name)
		}
	}
	return names
}

// scheduledBackup makes one backup and lets go of the oldest beyond what is kept. What went wrong is told; the next look
// tries again.
func (e *Engine) scheduledBackup(ctx context.Context, name string) {
	id := e.Backup(name, e.scheduledPath(name, time.Now()))
	t := e.tasks.Find(id)
	if t == nil || t.Wait(ctx) != nil {
		if ctx.Err() == nil && t != nil && t.View().State == task.Failed {
			e.notice(name, "The backup of "+name+" that was due failed: "+t.View().Err.Error())
		}
		return
	}
	e.pruneBackups(name)
}

// pruneBackups removes the oldest backups of a sandbox, of those made by themselves, beyond what is kept.
func (e *Engine) pruneBackups(name string) {
	kept := 0
	for _, b := range e.Backups(name) {
		if !b.Scheduled || !e.ofHere(b) {
			continue
		}
		if kept++; kept > e.Settings().Backup.Kept() {
			if err := os.Remove(b.Path); err != nil {
				e.log.Warn("an old backup stays", "path", b.Path, "err", err)
			}
		}
	}
}
