package engine

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	dockervolume "github.com/docker/docker/api/types/volume"
	"github.com/docker/go-connections/nat"

	"berth/engine/agent"
	"berth/engine/sandbox"
	"berth/engine/volume"
)

// until asks until nothing is left to say, and gives what is left after the limit.
func until(limit time.Duration, left func() []string) []string {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(limit); ; <-tick.C {
		now := left()
		if len(now) == 0 || time.Now().After(end) {
			return now
		}
	}
}

// settled waits until nothing is at work and nothing stands half done.
func (s *soak) settled() {
	s.t.Helper()
	e, _ := s.now()
	left := until(6*time.Minute, func() []string {
		snap := e.Snapshot()
		if !snap.Listed {
			return []string{"not connected: " + string(snap.Engine.Phase)}
		}
		var busy []string
		for _, v := range snap.Tasks {
			if !v.State.Over() {
				busy = append(busy, v.Title+" "+v.Detail)
			}
		}
		if len(busy) > 0 {
			return busy
		}
		return halfDone(s.t, &s.of.Engine, slices.Concat(s.names, s.copies)...)
	})
	if len(left) > 0 {
		s.t.Errorf("after all of it, these are not settled: %q", left)
	}
}

// compare looks that the snapshot shows what the engine has.
func (s *soak) compare() {
	s.t.Helper()
	e, _ := s.now()
	n := 0
	differ := until(time.Minute, func() []string {
		var all []string
		n, all = s.differences(e)
		return all
	})
	for _, one := range differ {
		s.t.Errorf("shown is not what is there: %s", one)
	}
	s.tally.compared("sandboxes shown and inspected: %d, of which differ %d", n, len(differ))
}

func (s *soak) differences(e *Engine) (n int, all []string) {
	differ := func(name, what string, shown, is any) {
		if shown != is {
			all = append(all, fmt.Sprintf("%s has the %s %v, shown is %v", name, what, is, shown))
		}
	}
	list, err := s.of.Client.ContainerList(s.t.Context(), container.ListOptions{All: true})
	if err != nil {
		return 0, []string{err.Error()}
	}
	shown := map[string]Sandbox{}
	for _, one := range e.Snapshot().Sandboxes {
		shown[one.Name] = one
	}
	for _, c := range list {
		name := c.Labels[sandbox.LabelName]
		if name == "" {
			continue
		}
		n++
		one, ok := shown[name]
		if !ok {
			all = append(all, name+" is not shown")
			continue
		}
		delete(shown, name)
		is, err := s.of.Client.ContainerInspect(s.t.Context(), c.ID)
		if err != nil {
			all = append(all, err.Error())
			continue
		}
		health := sandbox.Health{}
		port := nat.Port(fmt.Sprintf("%d/tcp", agent.V1.Port))
		published, address := is.NetworkSettings.Ports[port], ""
		if len(published) == 0 { // it does not run, and asks for these
			published = is.HostConfig.PortBindings[port]
		}
		for _, p := range published {
			address = sandbox.Reachable(p.HostIP, p.HostPort)
		}
		if is.State.Running {
			found := &sandbox.Found{Inspect: is}
			ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second)
			_, health.Err = agent.NewClient(agent.V1, address, found.Password(agent.V1), nil).Health(ctx)
			health.Known = true
			cancel()
		}
		state, _ := sandbox.StateOf(sandbox.Facts{
			Status: is.State.Status, ExitCode: is.State.ExitCode, OOMKilled: is.State.OOMKilled, Error: is.State.Error,
		}, health)
		differ(name, "container", one.ContainerID, is.ID)
		differ(name, "image", one.ImageID, is.Image)
		differ(name, "state", one.State, state)
		differ(name, "address", one.Address, address)
		differ(name, "exit code", one.ExitCode, is.State.ExitCode)
		differ(name, "memory limit", one.Spec.Memory, is.HostConfig.Memory)
	}
	for name := range shown {
		all = append(all, name+" is shown and not there")
	}
	return n, all
}

// lookInside starts every sandbox and looks that what was left in it is in it, and that what was made of one is whole or gone.
func (s *soak) lookInside() {
	s.t.Helper()
	e, _ := s.now()
	there := s.volumes()
	s.pointsAreWhole()
	for _, name := range s.names {
		for _, role := range agent.Roles {
			if !slices.Contains(there, volume.Name(role, name)) {
				s.t.Errorf("the volume %s is lost", volume.Name(role, name))
			}
		}
		s.up(e, name, e.Start(name))
		s.left[name].find(s.t, ask(s.t, e, name))
		integrity(s.t, e, name)
		if kept, err := s.secrets.Get(s.t.Context(), e.passwordName(name)); err != nil || kept != has(s.t, &s.of.Engine, name) {
			s.t.Errorf("the password of %s that is kept is not its own (%v)", name, err)
		}
	}
	if next := s.secrets.Names(nextPasswords); len(next) > 0 {
		s.t.Errorf("passwords are neither settled nor forgotten: %q", next)
	}
	sessions := s.sessions(e, s.names[0])
	for _, id := range s.tally.sessions {
		if !sessions[id] {
			s.t.Errorf("the session %s was acknowledged, and is lost", id)
		}
	}
	s.tally.compared("sandboxes with all that was left in them, and a whole database: %d", len(s.names))
	s.tally.compared("sessions acknowledged during it, and there: %d", len(s.tally.sessions))
	s.compare()

	whole := 0
	for _, name := range s.copies {
		if slices.Contains(there, volume.Name(agent.Session, name)) {
			s.up(e, name, e.Start(name))
			sessions := s.sessions(e, name)
			if !slices.ContainsFunc(s.names, func(of string) bool { return sessions[s.left[of].session] }) {
				s.t.Errorf("%s is no copy of any: %v", name, sessions)
			}
			whole++
		}
		mustFinish(s.t, e, e.DeleteData(name))
		nothingOf(s.t, &s.of.Engine, name)
	}
	s.tally.compared("copies that were there, and whole: %d", whole)
}

// sessions are the ids of a sandbox's sessions.
func (s *soak) sessions(e *Engine, name string) map[string]bool {
	s.t.Helper()
	var all []struct{ ID string }
	request(s.t.Context(), s.t, ask(s.t, e, name), http.MethodGet, "/session"+inWorkspace+"&limit=100000", nil, &all)
	ids := map[string]bool{}
	for _, one := range all {
		ids[one.ID] = true
	}
	return ids
}

func (s *soak) volumes() []string {
	s.t.Helper()
	all, err := s.of.Client.VolumeList(s.t.Context(), dockervolume.ListOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for _, v := range all.Volumes {
		names = append(names, v.Name)
	}
	return names
}

// quiet closes what this test itself has open, as far as it can.
func (s *soak) quiet() {
	s.pulls.CutAll()
	_ = s.of.Client.Close() // idle connections only
	_ = s.built.Client.Close()
}

// atRest is what this process holds once the connections of this test, which are kept for a while, are closed.
func (s *soak) atRest() held {
	s.t.Helper()
	var h held
	left := until(time.Minute, func() []string {
		s.quiet()
		h = takeResources()
		return slices.DeleteFunc(h.beyond(held{}), func(what string) bool { return !strings.Contains(what, "net/http.(*Transport)") })
	})
	for _, one := range left {
		s.t.Errorf("it is not at rest: %s", one)
	}
	return h
}

// resources looks that no goroutine, file or connection is left of any Berth there was.
func (s *soak) resources(before held) {
	s.t.Helper()
	var after held
	left := until(2*time.Minute, func() []string {
		s.quiet()
		after = takeResources()
		return after.beyond(before)
	})
	for _, one := range left {
		s.t.Errorf("left in this process: %s", one)
	}
	s.log.Info("soak: there was more of", "these", before.beyond(after))
	s.tally.compared("goroutines: %d before, %d after; open files: %d before, %d after, of which connections %d and %d",
		before.sum("goroutine"), after.sum("goroutine"), before.sum("file"), after.sum("file"), before.sum("file socket"), after.sum("file socket"))
}
