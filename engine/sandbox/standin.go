package sandbox

import (
	"context"
	"errors"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"berth/engine/fault"
	"berth/engine/task"
	"berth/engine/volume"
)

// A sandbox whose container was removed has volumes, and a restore over them, or another image on them, is a change like any other:
// what they hold is kept as a point first, and comes back when it goes wrong. Such a change needs a container to set aside, so one
// stands in for it. It never runs; its label says what it is, and where the change is taken back it goes too, for there was none.

// wasNothing is what the label of a container that stands in says: see labelWas.
const wasNothing = "nothing"

// StandIn is Create for a container that stands in for none. The sandbox must be held by a lease until it is dropped or a change of it
// has ended.
func StandIn(ctx context.Context, cli *client.Client, t *task.Task, opts CreateOptions) (*Found, error) {
	opts.was = wasNothing
	return Create(ctx, cli, t, opts)
}

// standsIn reports whether a container stands in for none. One that ran all the same is somebody's.
func standsIn(c container.InspectResponse) bool {
	return changeOf(c.Config.Labels).was == wasNothing && moment(c.State.StartedAt).IsZero()
}

// StandsIn reports whether a container stands in for none: whoever made it was cut off, or is at it and holds the sandbox.
func (f *Found) StandsIn() bool { return standsIn(f.Inspect) }

// OldStandsIn reports whether what the change of a sandbox set aside stands in for none.
func OldStandsIn(ctx context.Context, cli *client.Client, name string) bool {
	old, err := cli.ContainerInspect(ctx, setAsideName(name))
	return err == nil && standsIn(old)
}

// DropStandIn removes the container that stands in for a sandbox's, with what was made for it; where there is another, or a change that
// was not taken back, nothing.
func DropStandIn(ctx context.Context, cli *client.Client, name string) error {
	current, err := cli.ContainerInspect(ctx, ContainerName(name))
	switch {
	case errdefs.IsNotFound(err):
		if Unfinished(ctx, cli, name) {
			return nil
		}
		return removeNetwork(ctx, cli, name)
	case err != nil:
		return fault.From("take back the change of "+name, err)
	case current.Config.Labels[LabelName] != name || !standsIn(current):
		return nil
	}
	// Just that one: what a change set aside that nobody ended may be all there is of the sandbox.
	if err := volume.RemoveContainer(ctx, cli, current.ID); err != nil {
		return fault.From("take back the change of "+name, err)
	}
	if Unfinished(ctx, cli, name) {
		return nil
	}
	return removeNetwork(ctx, cli, name)
}

// leaveNone ends the taking back of a change whose old container stood in for none; what the change kept is back.
func leaveNone(ctx context.Context, cli *client.Client, name, undo string) error {
	if err := removeContainers(ctx, cli, name); err != nil { // the old one last, by which this is found again
		return err
	}
	if undo == "" {
		return nil
	}
	return dropPoint(ctx, cli, Point{ID: undo, Sandbox: name})
}

// recoverStandIns removes the containers that Berth made to stand in, and died before it changed anything; it tells the names.
func recoverStandIns(ctx context.Context, cli *client.Client, list []container.Summary, busy func(string) bool) (dropped []string, failed error) {
	for _, c := range list {
		name := c.Labels[LabelName]
		if name == "" || len(c.Names) == 0 || c.Names[0] != "/"+ContainerName(name) || changeOf(c.Labels).was != wasNothing || busy(name) {
			continue
		}
		got, err := cli.ContainerInspect(ctx, c.ID)
		if errdefs.IsNotFound(err) || err == nil && (!standsIn(got) || Unfinished(ctx, cli, name)) {
			continue
		}
		if err == nil {
			err = volume.RemoveContainer(ctx, cli, c.ID)
		}
		if err == nil {
			err = removeNetwork(ctx, cli, name)
		}
		if err != nil {
			failed = errors.Join(failed, fault.From("take back the change of "+name, err))
			continue
		}
		dropped = append(dropped, name)
	}
	return dropped, failed
}

// TakenBack says of a sandbox whose change was interrupted what became of it. Alone says that it had no container before, kept that what
// was made of its data since is a rollback point.
func TakenBack(name string, alone, kept bool) string {
	note := name + ": a change was interrupted, so the container from before it is back."
	if alone {
		note = name + ": a change was interrupted, so its volumes are as they were before."
	}
	if kept {
		note += " What was there is kept as a rollback point."
	}
	return note
}
