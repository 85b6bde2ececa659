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
		return nil, fault.From(op, err)
	}
	c.Spec = spec
	found, err := succeed(ctx, cli, t, old, c)
	if err != nil {
		if back := TakeBack(after, cli, spec.Name); back != nil {
			t.Log("bringing the old container back: " + back.Error())
		}
		return nil, err
	}
	return found, nil
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

// TakeBack ends a change whose new container is no good: it goes, the data are put back where the change may have touched
// them, and the container that was set aside comes back, running when the change had stopped it. It can be called again after
// it was interrupted. A change that was accepted is not taken back: of what it had set aside the rest goes.
func TakeBack(ctx context.Context, cli *client.Client, name string) error {
	op := "take back the change of " + name
	if err := endMove(ctx, cli, name); err != nil { // one of both may have been on the way to another port
		return err
	}
	aside, err := setAside(ctx, cli, name)
	if err != nil || aside == nil {
		return err
	}
	old := *aside
	if done, err := accepted(ctx, cli, name); err != nil {
		return err
	} else if done {
		return Settle(ctx, cli, name)
	}
	run := old.State.Running
	undo := ""
	current, err := cli.ContainerInspect(ctx, ContainerName(name))
	exists := err == nil
	switch {
	case errdefs.IsNotFound(err):
	case err != nil:
		return fault.From(op, err)
	case current.Config.Labels[LabelName] != name:
		return nameTaken(name)
	default:
		marks := changeOf(current.Config.Labels)
		run, undo = run || marks.was == wasRunning, marks.undo
		// An engine that dies from here on must not start it at its own next start, on data that are not its own any more.
		if err := rest(ctx, cli, current.ID, name); err != nil && !errdefs.IsNotFound(err) {
			return err
		}
		if err := putBack(ctx, cli, name, undo, old); err != nil {
			return err
		}
	}
	if standsIn(old) {
		return leaveNone(ctx, cli, name, undo)
	}
	// Started while the new one is still there to tell that it has to be: a death in between loses nothing. One that cannot be
	// started is in its place all the same.
	started := wake(ctx, cli, old, run)
	if started != nil && errors.Is(fault.From(op, started), fault.PortInUse) {
		started = wakeElsewhere(ctx, cli, old)
	}
	if exists {
		// Once more: whoever accepted it may have died when the engine was only about to remove the old one.
		if done, err := accepted(ctx, cli, name); err != nil {
			return err
		} else if done {
			return errors.Join(wake(ctx, cli, current, current.State.Running), Settle(ctx, cli, name))
		}
		if err := volume.RemoveContainer(ctx, cli, current.ID); err != nil {
			return fault.From(op, err)
		}
	}
	if err := cli.ContainerRename(ctx, setAsideName(name), ContainerName(name)); err != nil { // which may be another by now
		return fault.From(op, err)
	}
	if undo != "" {
		if err := dropPoint(ctx, cli, Point{ID: undo, Sandbox: name}); err != nil { // it holds just what is there again
			return errors.Join(started, err)
		}
	}
	if started != nil {
		return fault.From(op, started)
	}
	return nil
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
