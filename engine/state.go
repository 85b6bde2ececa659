package engine

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
	"berth/engine/watch"
)

// maxNotices is how many notices a snapshot carries.
const maxNotices = 50

// failure is why a sandbox's last command failed.
type failure struct {
	task task.ID
	err  *fault.Error
}

// Snapshot is the present state. It is cheap when nothing changed since the last call, and immutable.
func (e *Engine) Snapshot() Snapshot {
	seq := e.seq.Load()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.snap.Seq == seq && seq != 0 {
		return e.snap
	}
	status := e.super.Status()
	e.snap = Snapshot{
		Seq: seq, At: time.Now(), Engine: status, Listed: e.watcher.Listed(),
		Images: e.watcher.Images(), Volumes: e.watcher.Volumes() + e.volumes.Load(), Tasks: e.tasks.Views(), Notices: slices.Clone(e.notices),
	}
	if status.Endpoint.Host != "" { // else what is known is another engine's than the one that is looked for
		e.snap.Sandboxes, e.snap.Others = e.sandboxes(e.snap.Tasks), e.others()
	}
	return e.snap
}

// sandboxes reads the watched containers as sandboxes, by name. Guarded by mu.
func (e *Engine) sandboxes(tasks []task.View) []Sandbox {
	var all []Sandbox
	containers := e.watcher.Containers()
	changing := changingNow(tasks, containers)
	for _, c := range oneEach(containers) {
		all = append(all, e.sandbox(c, changing))
	}
	slices.SortFunc(all, func(a, b Sandbox) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// oneEach picks the container of each sandbox: the one of its name. One whose container is set aside, and whose new one is not
// there yet or never will be, is shown by the old one: it is not gone. So is one whose container was renamed outside. Another
// with the same label, as a copy that somebody made with all its labels, is none of the sandbox's. Of two of one name, as long as the
// event that the first was renamed is on its way, it is the newer one.
func oneEach(containers []watch.Container) []watch.Container {
	var all, others []watch.Container
	there := map[string]int{} // by name, where in all
	for _, c := range containers {
		switch name := c.Labels[sandbox.LabelName]; {
		case !c.Sandbox:
		case c.Name != sandbox.ContainerName(name):
			others = append(others, c)
		default:
			at, known := there[name]
			switch {
			case !known:
				there[name] = len(all)
				all = append(all, c)
			case c.Created.After(all[at].Created):
				all[at] = c
			}
		}
	}
	for _, c := range others {
		name := c.Labels[sandbox.LabelName]
		if _, known := there[name]; !known {
			there[name] = len(all)
			all = append(all, c)
		}
	}
	return all
}

// others are the engine's containers that are no sandboxes, by name.
func (e *Engine) others() []Container {
	var all []Container
	for _, c := range e.watcher.Containers() {
		if c.Sandbox || c.Labels[volume.LabelHelper] != "" {
			continue
		}
		one := Container{ID: c.ID, Name: c.Name, Image: c.Image, Status: c.Status, ExitCode: c.ExitCode, Created: c.Created}
		for _, p := range c.Ports {
			if p.Host != 0 {
				one.Address = sandbox.Reachable(p.IP, strconv.Itoa(p.Host))
				break
			}
		}
		all = append(all, one)
	}
	return all
}

// maxMoments is how many states of a sandbox are remembered.
const maxMoments = 50

// remember notes the state a sandbox came into, and gives all that are known. Guarded by mu.
func (e *Engine) remember(s Sandbox) []Moment {
	known := e.history[s.Name]
	if n := len(known); n == 0 || known[n-1].State != s.State || known[n-1].Detail != s.Detail {
		known = append(slices.Clone(known[max(0, n-maxMoments+1):]), Moment{At: s.Since, State: s.State, Detail: s.Detail})
		e.history[s.Name] = known
	}
	return known
}

// sandbox is one container as its sandbox. Guarded by mu.
func (e *Engine) sandbox(c watch.Container, changing changing) Sandbox {
	spec, err := sandbox.SpecOf(c.Labels)
	health := e.health.get(c)
	state, detail := sandbox.StateOf(factsOf(c), health)
	if now := changing.state(c.Labels[sandbox.LabelName], state); now != state {
		state, detail = now, ""
	}
	s := Sandbox{
		Name: c.Labels[sandbox.LabelName], Spec: spec, ContainerID: c.ID, ImageID: c.ImageID,
		State: state, Detail: detail, Version: health.Version, Address: address(c),
		Created: c.Created, Since: since(c, state, health), ExitCode: c.ExitCode, OOMKilled: c.OOMKilled,
	}
	if s.Version == "" {
		s.Version = c.Labels[sandbox.LabelVersion]
	}
	if err != nil {
		s.Err = fault.From("read the spec of "+s.Name, err)
	}
	if f, ok := e.failed[s.Name]; ok {
		s.Err, s.Failed = f.err, f.task
	}
	if lost := sandbox.Unkept(c.Kept, agent.V1); len(lost) > 0 && c.Status != "" {
		s.Badges = append(s.Badges, Badge{Text: "data on no volume", Help: "What opencode writes to " + strings.Join(lost, ", ") + " is lost when the sandbox is removed or updated."})
	}
	for _, b := range sandbox.Badges(spec) {
		s.Badges = append(s.Badges, Badge{Text: b.Text, Help: b.Help})
	}
	if u, ok := e.stats.Usage(c.ID); ok && state.Running() {
		s.Usage = &Usage{CPU: u.CPU, Memory: u.Memory, Limit: u.Limit, Received: u.Received, Sent: u.Sent, History: u.History}
	}
	s.Update = e.updateOf(s)
	if s.Early = c.Early; s.Early {
		s.History = e.history[s.Name]
	} else {
		s.History = e.remember(s)
	}
	return s
}

// since is when the sandbox came into its state.
func since(c watch.Container, state sandbox.State, health sandbox.Health) time.Time {
	switch {
	case (state == sandbox.Healthy || state == sandbox.Unhealthy) && !health.Since.IsZero():
		return health.Since
	case state.Running():
		return c.StartedAt
	case !c.FinishedAt.IsZero():
		return c.FinishedAt
	default:
		return c.Created
	}
}

// setFailed remembers, or with nil forgets, why the last command on a sandbox failed, while its engine is in use.
func (e *Engine) setFailed(on *bound, name string, of task.ID, err *fault.Error) {
	if !e.here(on) {
		return
	}
	e.mu.Lock()
	if err == nil {
		delete(e.failed, name)
	} else {
		e.failed[name] = failure{of, err}
	}
	e.mu.Unlock()
	e.touch()
}

// notice tells the person something that is not an error.
func (e *Engine) notice(subject, text string) {
	e.log.Info("notice", "sandbox", subject, "text", text)
	e.mu.Lock()
	e.notices = append(e.notices, Notice{At: time.Now(), Subject: subject, Text: text})
	if len(e.notices) > maxNotices {
		e.notices = slices.Delete(e.notices, 0, len(e.notices)-maxNotices)
	}
	e.mu.Unlock()
	e.touch()
}

// noticed reports whether that was told already: what is tried again and again is not told again and again.
func (e *Engine) noticed(text string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.ContainsFunc(e.notices, func(n Notice) bool { return n.Text == text })
}

// factsOf is what the daemon says of a container's state.
func factsOf(c watch.Container) sandbox.Facts {
	return sandbox.Facts{Status: c.Status, ExitCode: c.ExitCode, OOMKilled: c.OOMKilled, Error: c.Error}
}

// address is where a container's opencode is published; "" when it is not.
func address(c watch.Container) string {
	for _, p := range c.Ports {
		if p.Container == agent.V1.Port && p.Host != 0 {
			return sandbox.Reachable(p.IP, strconv.Itoa(p.Host))
		}
	}
	return ""
}
