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
		for _, name := range e.due(ctx, time.Now()) {
			e.scheduledBackup(ctx, name)
		}
		timer.Reset(scheduleLook)
	}
}

// due are the sandboxes of which a backup is due: the newest that was made by itself is older than the settings' interval,
// and they ran since.
func (e *Engine) due(ctx context.Context, now time.Time) []string {
	every := e.Settings().Backup.Interval()
	snap := e.Snapshot()
	if every == 0 || snap.Engine.Phase != connect.Connected || !snap.Listed {
		return nil
	}
	last := lastMade(slices.DeleteFunc(e.Backups(""), func(b BackupFile) bool { return !b.Scheduled || !e.ofHere(ctx, b) }), now)
	var names []string
	for _, s := range snap.Sandboxes {
		if isDue(s, last[s.Name], now, every) {
			names = append(names, s.Name)
		}
	}
	return names
}

// isDue reports whether a backup of a sandbox is due whose last one was made then.
func isDue(s Sandbox, last, now time.Time, every time.Duration) bool {
	stood := !s.State.Running() && !s.Since.Truncate(time.Second).After(last) // a file's name has whole seconds
	never := s.State == sandbox.Created || s.State == sandbox.Changing
	return !never && !stood && now.Sub(last) >= every
}

// lastMade is when the newest backup of each sandbox was made. One of the future was made while this computer's clock was wrong
// and tells nothing: it would keep others from being made until that future has come.
func lastMade(all []BackupFile, now time.Time) map[string]time.Time {
	last := map[string]time.Time{}
	for _, b := range all {
		if at := last[b.Sandbox]; b.At.After(at) && !ofTheFuture(b, now) {
			last[b.Sandbox] = b.At
		}
	}
	return last
}

func ofTheFuture(b BackupFile, now time.Time) bool { return b.At.After(now.Add(scheduleLook)) }

// tooMany are the oldest of a sandbox's backups beyond those that are kept. Those of the future are older than they say.
func tooMany(all []BackupFile, keep int, now time.Time) []BackupFile {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b BackupFile) int {
		switch was, is := ofTheFuture(a, now), ofTheFuture(b, now); {
		case was != is && is:
			return -1
		case was != is:
			return 1
		default:
			return b.At.Compare(a.At)
		}
	})
	return all[min(keep, len(all)):]
}

// scheduledBackup makes one backup and lets go of the oldest beyond what is kept. What went wrong is told; the next look
// tries again.
func (e *Engine) scheduledBackup(ctx context.Context, name string) {
	id := e.Backup(name, e.scheduledPath(ctx, name, time.Now()))
	t := e.tasks.Find(id)
	if t == nil || t.Wait(ctx) != nil {
		if ctx.Err() == nil && t != nil && t.View().State == task.Failed {
			e.notice(name, "The backup of "+name+" that was due failed: "+t.View().Err.Error())
		}
		return
	}
	e.pruneBackups(ctx, name)
}

// pruneBackups removes the oldest backups of a sandbox, of those made by themselves, beyond what is kept.
func (e *Engine) pruneBackups(ctx context.Context, name string) {
	all := slices.DeleteFunc(e.Backups(name), func(b BackupFile) bool { return !b.Scheduled || !e.ofHere(ctx, b) })
	for _, b := range tooMany(all, e.Settings().Backup.Kept(), time.Now()) {
		if err := os.Remove(b.Path); err != nil {
			e.log.Warn("an old backup stays", "path", b.Path, "err", err)
		}
	}
}
