package viewmodel

import (
	"slices"

	"berth/engine"
	"berth/engine/task"
	"berth/ui/i18n"
)

// taskNews finds the tasks that ended since the last snapshot.
type taskNews struct {
	begun bool
	over  map[task.ID]bool // those of the history that are known to be over
}

func (n *taskNews) look(s engine.Snapshot) []item {
	var items []item
	over := make(map[task.ID]bool, len(s.Tasks))
	for _, v := range slices.Backward(s.Tasks) { // the oldest first
		if !v.State.Over() {
			continue
		}
		over[v.ID] = true
		if n.begun && !n.over[v.ID] && v.State != task.Cancelled && !isPart(v, s.Tasks) {
			items = append(items, taskItem(v))
		}
	}
	n.begun, n.over = true, over
	return items
}

// isPart reports whether a task got the image for another one, which tells how it ended itself.
func isPart(v task.View, all []task.View) bool {
	if v.Kind != task.Build && v.Kind != task.Pull {
		return false
	}
	return slices.ContainsFunc(all, func(other task.View) bool {
		switch other.Kind {
		case task.Start, task.Create, task.Edit, task.Restart, task.Update, task.Restore, task.Clone:
			return !other.Started.After(v.Ended) && (!other.State.Over() || !other.Ended.Before(v.Ended))
		default:
			return false
		}
	})
}

func taskItem(v task.View) item {
	title := plain(Spoken(v.Title))
	if v.State == task.Failed {
		return item{about: v.Subject, failed: true, News: News{Title: i18n.T("%s: failed", title), Text: causeAndRemedy(v.Err)}}
	}
	return item{about: v.Subject, News: News{Title: i18n.T("%s: done", title), Text: plain(Spoken(v.Detail))}}
}
