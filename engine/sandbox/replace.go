package sandbox

import (
	"context"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/task"
	"berth/engine/volume"
)

// A change of a sandbox is a new container on the same volumes. The old one is set aside under another name until the new
// one is healthy: then Settle removes it, else TakeBack brings it back. Names and states tell Recover how far a change
// came, so it can end at any step.

// Replace sets a sandbox's container aside and makes one of another spec, without starting it; the old one goes on
// running until then, and is stopped at the end. On an error everything is as it was.
func Replace(ctx context.Context, cli *client.Client, t *task.Task, old *Found, opts CreateOptions) (*Found, error) {
	spec, knows := opts.Spec, opts.Agent
	op := "change sandbox " + spec.Name
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	if err := volume.Free(ctx, cli, spec.Name); err != nil {
		return nil, err
	}
	if err := volume.Ensure(ctx, cli, t, spec.Name, roles(spec)); err != nil {
		return nil, err
	}
	if spec.Port == 0 {
		port, err := freePort(ctx, cli, opts.FirstPort, spec.Name, knows)
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
	if err := cli.ContainerRename(ctx, old.ID, setAsideName(spec.Name)); err != nil {
		return nil, fault.From(op, err)
	}
	found, err := succeed(ctx, cli, old, spec, knows, opts.Password)
	if err != nil {
		after := context.WithoutCancel(ctx) // nothing half done stays, also after a cancel
		if back := TakeBack(after, cli, spec.Name); back != nil {
			t.Log("bringing the old container back: " + back.Error())
		}
		return nil, err
	}
	step.Done("created")
	return found, nil
}

// succeed makes the new container and stops the old one, since two opencodes on one session volume would spoil it.
func succeed(ctx context.Context, cli *client.Client, old *Found, spec Spec, knows agent.Agent, password string) (*Found, error) {
	id, err := place(ctx, cli, spec, knows, password)
	if err != nil {
		return nil, err
	}
	patience := stopPatience
	if err := cli.ContainerStop(ctx, old.ID, container.StopOptions{Timeout: &patience}); err != nil {
		return nil, fault.From("stop sandbox "+spec.Name, err)
	}
	inspect, err := cli.ContainerInspect(ctx, id)
	if err != nil {
		return nil, fault.From("change sandbox "+spec.Name, err)
	}
	return &Found{ID: id, Spec: spec, Inspect: inspect}, nil
}

// Settle ends a change whose new container is good: the one that was set aside goes.
func Settle(ctx context.Context, cli *client.Client, name string) error {
	err := cli.ContainerRemove(ctx, setAsideName(name), container.RemoveOptions{Force: true})
	if err != nil && !errdefs.IsNotFound(err) {
		return fault.From("end the change of "+name, err)
	}
	return nil
}

// TakeBack ends a change whose new container is no good: it goes, and the one that was set aside comes back, running when
// the change had stopped it. It can be called again after it was interrupted.
func TakeBack(ctx context.Context, cli *client.Client, name string) error {
	op := "take back the change of " + name
	old, err := cli.ContainerInspect(ctx, setAsideName(name))
	if errdefs.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fault.From(op, err)
	}
	run := old.State.Running
	current, err := cli.ContainerInspect(ctx, ContainerName(name))
	exists := err == nil
	switch {
	case errdefs.IsNotFound(err):
	case err != nil:
		return fault.From(op, err)
	case current.Config.Labels[LabelName] != name:
		return nameTaken(name)
	default:
		// The change stops the old container after it made the new one; one that ended earlier did not run before.
		run = run || ended(old.State).After(moment(current.Created))
		patience := stopPatience
		if err := cli.ContainerStop(ctx, current.ID, container.StopOptions{Timeout: &patience}); err != nil && !errdefs.IsNotFound(err) {
			return fault.From(op, err)
		}
	}
	// Started while the new one is still there to tell that it has to be: a death in between loses nothing.
	if run {
		if err := cli.ContainerStart(ctx, old.ID, container.StartOptions{}); err != nil {
			return fault.From(op, err)
		}
	}
	if exists {
		if err := cli.ContainerRemove(ctx, current.ID, container.RemoveOptions{Force: true}); err != nil && !errdefs.IsNotFound(err) {
			return fault.From(op, err)
		}
	}
	if err := cli.ContainerRename(ctx, old.ID, ContainerName(name)); err != nil {
		return fault.From(op, err)
	}
	return nil
}

func ended(s *container.State) time.Time { return moment(s.FinishedAt) }

// moment reads the engine's way to write a time; the zero time when it is none.
func moment(text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return at
}
