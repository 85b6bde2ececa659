package viewmodel

import (
	"maps"
	"slices"
	"time"

	"berth/engine"
	"berth/engine/connect"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/ui/i18n"
)

// handGrace is how long after a command a sandbox's end still counts as that command's: the engine tells of both, in any order.
const handGrace = 5 * time.Second

// sandboxNews finds the sandboxes that came into trouble by themselves since the last snapshot.
type sandboxNews struct {
	known map[string]seen // by container, for a name can be another's on another engine
}

// seen is how a sandbox was.
type seen struct {
	state sandbox.State
	since time.Time
	loops bool // that it ends and is started again has been told, and it has not been healthy since
	lost  bool // its engine was away since
}

func (n *sandboxNews) look(s engine.Snapshot, now time.Time) []item {
	if n.known == nil {
		n.known = map[string]seen{}
	}
	var items []item
	hands := handled(s.Tasks, now)
	for _, one := range s.Sandboxes {
		if one.Early {
			continue // why it ended comes in a moment
		}
		was, known := n.known[one.ContainerID]
		if !here(s, one) {
			if known {
				was.lost = true
				n.known[one.ContainerID] = was
			}
			continue
		}
		is := seen{state: one.State, since: one.Since, loops: was.loops && one.State != sandbox.Healthy}
		if known && !hands[one.Name] { // what is seen for the first time is no news
			if found, ok := trouble(one, was); ok {
				items = append(items, found)
				is.loops = is.loops || one.State == sandbox.Restarts || one.State == sandbox.Starting
			}
		}
		n.known[one.ContainerID] = is
	}
	if len(n.known) > len(s.Sandboxes) {
		there := make(map[string]bool, len(s.Sandboxes))
		for _, one := range s.Sandboxes {
			there[one.ContainerID] = true
		}
		maps.DeleteFunc(n.known, func(id string, _ seen) bool { return !there[id] })
	}
	return items
}

// here reports whether a snapshot says truly how a sandbox is: its engine is there, and was read since it connected. Each engine
// comes and goes on its own.
func here(s engine.Snapshot, one engine.Sandbox) bool {
	if i := slices.IndexFunc(s.Also, func(m engine.Member) bool { return m.Name == one.Engine }); i >= 0 {
		return s.Also[i].Status.Phase == connect.Connected && s.Also[i].Listed
	}
	return s.Engine.Phase == connect.Connected && s.Listed
}

// trouble is what there is to tell of a sandbox that was otherwise before.
func trouble(one engine.Sandbox, was seen) (item, bool) {
	words, _ := StateWords(one, one.Since)
	say := func(title, text string) (item, bool) {
		return item{about: one.Name, failed: true, News: News{Title: title, Text: plain(text)}}, true
	}
	name := plain(one.Name)
	switch {
	case one.State == sandbox.Exited && was.state != sandbox.Exited:
		return say(i18n.T("%s has ended", name), words+". "+i18n.T("What is in its volumes is kept."))
	case one.State == sandbox.Unhealthy && was.state != sandbox.Unhealthy:
		return say(i18n.T("%s is unhealthy", name), capital(Spoken(one.Detail)))
	case was.loops:
		return item{}, false
	case one.State == sandbox.Restarts && was.state != sandbox.Restarts:
		return say(i18n.T("%s ended and is started again", name), words)
	// It came back before anybody saw it gone. After an engine was away, that is how its sandboxes come back.
	case one.State == sandbox.Starting && !was.lost && (was.state == sandbox.Healthy || was.state == sandbox.Unhealthy) && one.Since.After(was.since):
		return say(i18n.T("%s ended and is started again", name), i18n.T("It was not Berth that did so."))
	}
	return item{}, false
}

// handled are the sandboxes whose state a command changes, or just changed: what becomes of them is that command's to tell.
func handled(tasks []task.View, now time.Time) map[string]bool {
	hands := map[string]bool{}
	for _, v := range tasks {
		switch v.Kind {
		case task.Start, task.Create, task.Edit, task.Stop, task.Restart, task.Remove, task.Delete, task.Recover, task.Update, task.Rollback, task.Restore, task.Clone:
		default:
			continue
		}
		stops := v.Kind == task.Stop || v.Kind == task.Remove || v.Kind == task.Delete
		if !v.State.Over() || (stops || v.State != task.Done) && now.Sub(v.Ended) < handGrace {
			hands[v.Subject] = true
		}
	}
	return hands
}
