package sandbox

import (
	"context"
	"errors"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/task"
	"berth/engine/volume"
)

// A change of a sandbox is a new container on the same volumes. The old one is set aside under another name until the new
// one is healthy: then Settle removes it, else TakeBack brings it back. Where the change touches the data (an update, which
// may migrate them; a restore, which replaces them), a rollback point is made while the old one is stopped and before
// anything is touched, and the new container names it, so that TakeBack puts the data back too. Names, labels and states tell
// Recover how far a change came, so it can end at any step.

// Change is what becomes of a sandbox.
type Change struct {
	CreateOptions
	With  *volume.Copier // needed with Point or Fill
	Point *Point         // the point to make; nil for none. Its ID, Reason and Roles must be set
	Fill  func(ctx context.Context) error
}

// Replace sets a sandbox's container aside and makes one of another spec, without starting it; the old one goes on
// running until then, and is stopped at the end. On an error everything is as it was.
func Replace(ctx context.Context, cli *client.Client, t *task.Task, old *Found, c Change) (*Found, error) {
	spec := c.Spec
	op := "change sandbox " + spec.Name
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	if err := notDeleting(ctx, cli, spec.Name); err != nil {
		return nil, err
	}
	if err := volume.Free(ctx, cli, spec.Name, ownName(spec.Name)); err != nil {
		return nil, err
	}
	if err := volume.Ensure(ctx, cli, t, spec.Name, roles(spec)); err != nil {
		return nil, err
	}
	if spec.Port == 0 {
		port, err := freePort(ctx, cli, c.FirstPort, spec.Name, c.Agent)
		if err != nil {
			return nil, err
		}
		spec.Port = port
	}
	step := containerStep(t, spec.Name)
	step.Begin("creating")
	if err := ensureNetwork(ctx, cli, spec.Name); err != nil {
		return nil, err
	}
	after := context.WithoutCancel(ctx) // nothing half done stays, also after a cancel
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// Not ended by ctx: the engine would do it all the same, and the sandbox would be nowhere.
	if err := cli.ContainerRename(after, old.ID, setAsideName(spec.Name)); err != nil {
		err = fault.From(op, err)
		if now, look := cli.ContainerInspect(after, old.ID); look == nil && now.Name == "/"+setAsideName(spec.Name) { // only the answer was lost
			bringBack(after, cli, t, old, c)
		}
		return nil, err
	}
	c.Spec = spec
	found, err := succeed(ctx, cli, t, old, c)
	if err != nil {
		bringBack(after, cli, t, old, c)
		return nil, err
	}
	return found, nil
}

// bringBack takes back a change that could not be made.
func bringBack(ctx context.Context, cli *client.Client, t *task.Task, old *Found, c Change) {
	if _, err := TakeBack(ctx, cli, old.Spec.Name, UndoOf(old, c)); err != nil {
		t.Log("bringing the old container back: " + err.Error())
	}
}

// succeed makes the new container and stops the old one, since two opencodes on one session volume would spoil it. Then the
// point is made, and then the volumes are filled.
func succeed(ctx context.Context, cli *client.Client, t *task.Task, old *Found, c Change) (*Found, error) {
	spec := c.Spec
	marks := change{was: wasStopped}
	if old.Inspect.State.Running {
		marks.was = wasRunning
	}
	if c.Point != nil {
		marks.undo = c.Point.ID
	}
	id, err := place(ctx, cli, placing{spec: spec, knows: c.Agent, password: c.Password, image: c.ImageID, change: marks})
	if err != nil {
		return nil, err
	}
	containerStep(t, spec.Name).Done("created")
	if err := rest(ctx, cli, old.ID, spec.Name); err != nil {
		return nil, err
	}
	if c.Point != nil {
		if err := MakePoint(ctx, cli, c.With, old, *c.Point, pointSteps(t, spec.Name)); err != nil {
			return nil, err
		}
	}
	if c.Fill != nil {
		if err := c.Fill(ctx); err != nil {
			return nil, err
		}
	}
	inspect, err := cli.ContainerInspect(ctx, id)
	if err != nil {
		return nil, fault.From("change sandbox "+spec.Name, err)
	}
	return &Found{ID: id, Spec: spec, Inspect: inspect}, nil
}

// rest stops a container that is set aside and keeps the engine from starting it by itself: at its own next start it would,
// by the policy "always", and by "on-failure" too, since opencode ends with 143 when it is stopped.
func rest(ctx context.Context, cli *client.Client, id, name string) error {
	op := "stop sandbox " + name
	got, err := cli.ContainerInspect(ctx, id)
	if err != nil {
		return fault.From(op, err)
	}
	if got.State.Paused {
		if err := cli.ContainerUnpause(ctx, id); err != nil {
			return fault.From(op, err)
		}
	}
	if !got.HostConfig.RestartPolicy.IsNone() {
		setRestart(ctx, cli, id, container.RestartPolicyDisabled)
	}
	patience := stopPatience
	if err := cli.ContainerStop(ctx, id, container.StopOptions{Timeout: &patience}); err != nil {
		return fault.From(op, err)
	}
	return nil
}

// setRestart changes a container's restart policy. Podman 4 cannot, and needs it not: it has no service that would start
// containers by itself.
func setRestart(ctx context.Context, cli *client.Client, id string, mode container.RestartPolicyMode) {
	_, _ = cli.ContainerUpdate(ctx, id, container.UpdateConfig{RestartPolicy: container.RestartPolicy{Name: mode}})
}

// Settle ends a change whose new container is good: the one that was set aside goes.
func Settle(ctx context.Context, cli *client.Client, name string) error {
	if err := volume.RemoveContainer(ctx, cli, setAsideName(name)); err != nil {
		return fault.From("end the change of "+name, err)
	}
	return nil
}

// setAside gives the container from before a change that is neither settled nor taken back, also where it was about to be another
// one at another port; nil when there is none.
func setAside(ctx context.Context, cli *client.Client, name string) (*container.InspectResponse, error) {
	var goes *container.InspectResponse
	for _, at := range []string{setAsideName(name), nextName(name)} {
		got, err := cli.ContainerInspect(ctx, at)
		switch {
		case errdefs.IsNotFound(err):
		case err != nil:
			return nil, fault.From("look at what "+name+" was before its change", err)
		case at == setAsideName(name) && volume.Goes(got):
			goes = &got // its move to another port may have come so far
		case at == setAsideName(name) || got.Config.Labels[labelTakes] == setAsideName(name):
			return &got, nil
		}
	}
	return goes, nil
}

// accepted reports whether a change was accepted though nobody ended it: beside a container in its place, only Settle removes what
// was set aside, and whoever called that may have died, or the engine, before it was gone.
func accepted(ctx context.Context, cli *client.Client, name string) (bool, error) {
	old, err := setAside(ctx, cli, name)
	if err != nil || old != nil && !volume.Goes(*old) {
		return false, err
	}
	current, err := cli.ContainerInspect(ctx, ContainerName(name))
	switch {
	case errdefs.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, fault.From("look how far the change of "+name+" came", err)
	}
	return current.Config.Labels[LabelName] == name && !volume.Goes(current), nil
}

// RanBefore reports whether the sandbox ran when the change began that its container was made for.
func RanBefore(ctx context.Context, cli *client.Client, name string) (bool, error) {
	current, err := cli.ContainerInspect(ctx, ContainerName(name))
	if err != nil {
		return false, fault.From("look at "+name, err)
	}
	return changeOf(current.Config.Labels).was != wasStopped, nil
}

// Undo is what whoever made a change knows of it, where its new container, which says so too, was removed outside.
type Undo struct {
	Point string // id of the point that undoes it; "" for none
	Ran   bool   // the sandbox ran before
}

// UndoOf is what undoes a change.
func UndoOf(old *Found, c Change) Undo {
	u := Undo{Ran: old.Inspect.State.Running}
	if c.Point != nil {
		u.Point = c.Point.ID
	}
	return u
}

// Back is what became of a change that was to be taken back.
type Back struct {
	Kept     bool // what was made of the data since is a rollback point
	Accepted bool // it had been accepted before, so it was carried through
	Nothing  bool // there was no container from before it any more, so all is left as it was found
}

// TakeBack ends a change whose new container is no good: it goes, the data are put back where the change may have touched
// them, and the container that was set aside comes back, running when the change had stopped it. It can be called again after
// it was interrupted. A change that was accepted is not taken back: of what it had set aside the rest goes.
func TakeBack(ctx context.Context, cli *client.Client, name string, known Undo) (did Back, err error) {
	op := "take back the change of " + name
	if err := endMove(ctx, cli, name); err != nil { // one of both may have been on the way to another port
		return did, err
	}
	aside, err := setAside(ctx, cli, name)
	if err != nil || aside == nil {
		return Back{Nothing: err == nil}, err
	}
	if done, err := accepted(ctx, cli, name); err != nil || done {
		return carryOn(ctx, cli, name, false, err)
	}
	run, undo := aside.State.Running, known.Point
	current, err := cli.ContainerInspect(ctx, ContainerName(name))
	exists := err == nil
	switch {
	case errdefs.IsNotFound(err):
		run = run || known.Ran
	case err != nil:
		return did, fault.From(op, err)
	case current.Config.Labels[LabelName] != name:
		return did, nameTaken(name)
	default:
		marks := changeOf(current.Config.Labels)
		run, undo = run || marks.was == wasRunning, marks.undo
		// An engine that dies from here on must not start it at its own next start, on data that are not its own any more.
		if err := rest(ctx, cli, current.ID, name); err != nil && !errdefs.IsNotFound(err) {
			return did, err
		}
		// Once more: whoever accepted it may have died when the engine was only about to remove the old one.
		if done, err := accepted(ctx, cli, name); err != nil || done {
			return carryOn(ctx, cli, name, current.State.Running, err)
		}
	}
	if err := putBack(ctx, cli, name, undo, *aside); err != nil {
		return did, err
	}
	if standsIn(*aside) {
		return did, leaveNone(ctx, cli, name, undo)
	}
	old, err := cli.ContainerInspect(ctx, aside.ID) // as it is now
	switch {
	case errdefs.IsNotFound(err) && exists:
		return carryOn(ctx, cli, name, current.State.Running, nil)
	case err != nil:
		return did, fault.From(op, err)
	}
	// Started while the new one is still there to tell that it has to be: a death in between loses nothing. One that cannot be
	// started is in its place all the same.
	started := wake(ctx, cli, old, run)
	if started != nil && errors.Is(fault.From(op, started), fault.PortInUse) {
		started = wakeElsewhere(ctx, cli, old)
	}
	if exists {
		if err := volume.RemoveContainer(ctx, cli, current.ID); err != nil {
			return did, fault.From(op, err)
		}
	}
	if err := cli.ContainerRename(ctx, setAsideName(name), ContainerName(name)); err != nil { // which may be another by now
		return did, fault.From(op, err)
	}
	if undo != "" {
		if err := dropPoint(ctx, cli, Point{ID: undo, Sandbox: name}); err != nil { // it holds just what is there again
			return did, errors.Join(started, err)
		}
	}
	if started != nil {
		return did, fault.From(op, started)
	}
	return did, nil
}

// carryOn ends a change that turned out to be accepted, unless that could not be seen; ran says that its container has to run again.
func carryOn(ctx context.Context, cli *client.Client, name string, ran bool, err error) (Back, error) {
	if err != nil {
		return Back{}, err
	}
	current, err := cli.ContainerInspect(ctx, ContainerName(name))
	if err != nil {
		return Back{}, fault.From("end the change of "+name, err)
	}
	return Back{Accepted: true}, errors.Join(wake(ctx, cli, current, ran), Settle(ctx, cli, name))
}

// wake makes a container that was set aside what it was: with its restart policy, and running when it ran.
func wake(ctx context.Context, cli *client.Client, old container.InspectResponse, run bool) error {
	spec, err := SpecOf(old.Config.Labels)
	if err == nil {
		setRestart(ctx, cli, old.ID, container.RestartPolicyMode(spec.withDefaults().Restart))
	}
	switch {
	case !run:
		return nil
	case old.State.Paused:
		return cli.ContainerUnpause(ctx, old.ID)
	case old.State.Running:
		return nil
	}
	// To make the container of the change, the engine gave volumes that are empty the owner of the image's directory again; it may
	// have ended before they were given back.
	if knows, agentErr := agent.For(old.Config.Labels[LabelVersion]); err == nil && agentErr == nil {
		if _, err := volume.Prepare(ctx, cli, old.ID, mountPoints(spec, knows), knows.UID, knows.GID); err != nil {
			return err
		}
	}
	return cli.ContainerStart(ctx, old.ID, container.StartOptions{})
}

// wakeElsewhere runs a container that is set aside, whose port somebody took meanwhile, at another one: made anew, and still set
// aside.
func wakeElsewhere(ctx context.Context, cli *client.Client, old container.InspectResponse) error {
	spec, err := SpecOf(old.Config.Labels)
	if err != nil {
		return err
	}
	knows, err := agent.For(old.Config.Labels[LabelVersion])
	if err != nil {
		return err
	}
	_, err = runSomewhere(ctx, cli, &Found{ID: old.ID, Spec: spec, Inspect: old}, knows, func(int) {})
	return err
}

// putBack puts the data of a change's point back. The point's record says that it is still to be done: a change that came to
// no point touched nothing, and once they are back the record goes. Whatever started the old container meanwhile, it is
// stopped, for it ran on data that are not its own.
func putBack(ctx context.Context, cli *client.Client, name, id string, old container.InspectResponse) error {
	if id == "" {
		return nil
	}
	undo, err := findPoint(ctx, cli, name, id)
	if err != nil || undo == nil {
		return err
	}
	if err := rest(ctx, cli, old.ID, name); err != nil {
		return err
	}
	with, err := volume.NewCopier(ctx, cli, old.Image)
	if err != nil {
		return err
	}
	if err := PutBack(ctx, with, *undo, nil); err != nil {
		return err
	}
	if err := removeVolume(ctx, cli, undo.record()); err != nil {
		return fault.From("put the data of "+name+" back", err)
	}
	return nil
}

// Roles are the roles that are volumes in a spec.
func Roles(spec Spec) []agent.Role { return roles(spec) }
