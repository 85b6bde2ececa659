package fleet

import (
	"cmp"
	"slices"
	"strings"

	"berth/engine"
	"berth/engine/connect"
	"berth/engine/fault"
	"berth/engine/task"
)

// Snapshot is the present state of all engines. One that is away keeps what was known of its sandboxes, and each says so.
func (f *Fleet) Snapshot() engine.Snapshot {
	all := f.Engine.Snapshot()
	f.mu.Lock()
	members, own := slices.Clone(f.members), slices.Clone(f.notices)
	f.mu.Unlock()
	if len(own) > 0 {
		all.Notices = slices.Concat(all.Notices, own)
	}
	if len(members) == 0 {
		return all
	}
	all.Sandboxes = slices.Clone(all.Sandboxes)
	for i := range all.Sandboxes {
		stand(&all.Sandboxes[i], all.Engine, all.Engine.Endpoint.Name)
	}
	all.Others = slices.Clone(all.Others)
	for i := range all.Others {
		standOther(&all.Others[i], all.Engine, all.Engine.Endpoint.Name)
	}
	all.Tasks, all.Notices = slices.Clone(all.Tasks), slices.Clone(all.Notices)
	for _, m := range members {
		m.join(&all)
	}
	slices.SortStableFunc(all.Sandboxes, func(a, b engine.Sandbox) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(all.Others, func(a, b engine.Container) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// stand says of a sandbox on which engine it is, and whether that is there.
func stand(s *engine.Sandbox, status connect.Status, name string) {
	s.Engine, s.Far = name, status.Endpoint.Remote()
	if status.Phase == connect.Connected {
		return
	}
	s.Usage = nil
	s.Away = status.Err
	if s.Away == nil {
		s.Away = fault.New(fault.NotRunning, "connect to "+name, "it is looked for")
	}
}

// standOther says the same of a container that is no sandbox.
func standOther(c *engine.Container, status connect.Status, name string) {
	c.Engine, c.Far, c.Away = name, status.Endpoint.Remote(), status.Phase != connect.Connected
}

// join adds a further engine to a snapshot. What it points to is the snapshot's own.
func (m *member) join(all *engine.Snapshot) {
	s := m.engine.Snapshot()
	all.Volumes += s.Volumes
	all.Images += s.Images
	for _, t := range s.Tasks {
		if t.Subject != "" {
			t.Title = strings.Replace(t.Title, t.Subject, m.qualified(t.Subject), 1)
			t.Subject = m.qualified(t.Subject)
		}
		if !m.leaving.Load() || !t.State.Over() {
			all.Tasks = append(all.Tasks, t)
		}
	}
	slices.SortFunc(all.Tasks, func(a, b task.View) int { return cmp.Compare(b.ID, a.ID) })
	for _, n := range s.Notices {
		n.Subject, n.Engine = m.qualified(n.Subject), m.name
		all.Notices = append(all.Notices, n)
	}
	slices.SortStableFunc(all.Notices, func(a, b engine.Notice) int { return a.At.Compare(b.At) })
	if m.leaving.Load() {
		return
	}
	all.Also = append(all.Also, engine.Member{Name: m.name, Status: s.Engine, Listed: s.Listed})
	for _, one := range s.Sandboxes {
		one.Name = m.qualified(one.Name)
		stand(&one, s.Engine, m.name)
		all.Sandboxes = append(all.Sandboxes, one)
	}
	for _, c := range s.Others {
		c.Name = m.qualified(c.Name)
		standOther(&c, s.Engine, m.name)
		all.Others = append(all.Others, c)
	}
}
