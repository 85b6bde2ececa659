package sandbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"

	"berth/engine/fault"
	"berth/engine/task"
	"berth/engine/volume"
)

// Stop stops a sandbox and says in words how it ended. One that does not run is left as it is. Opencode under an init ends
// with 143, which is as normal as 0.
func Stop(ctx context.Context, cli *client.Client, t *task.Task, name string) (string, error) {
	op := "stop sandbox " + name
	step := stopStep(t, name)
	step.Begin("stopping")
	found, err := Find(ctx, cli, name)
	if err != nil {
		return "", err
	}
	if found == nil {
		if err := notElsewhere(ctx, cli, name); err != nil {
			return "", err
		}
		return "", gone("stop", name)
	}
	if found.Inspect.State.Paused { // a frozen process cannot hear that it shall end
		if err := cli.ContainerUnpause(ctx, found.ID); err != nil {
			return "", fault.From(op, err)
		}
	}
	patience := stopPatience
	if err := cli.ContainerStop(ctx, found.ID, container.StopOptions{Timeout: &patience}); err != nil {
		return "", fault.From(op, err)
	}
	got, err := cli.ContainerInspect(ctx, found.ID)
	if err != nil {
		return "", fault.From(op, err)
	}
	how := "stopped"
	if facts := FactsOf(got.State); !normalEnd(facts) {
		how = "ended with " + ExitWords(facts)
		if facts.ExitCode == 137 && !facts.OOMKilled {
			how = fmt.Sprintf("killed: it did not end within %d s", stopPatience)
		}
	}
	step.Done(how)
	return how, nil
}

// FactsOf are the facts in a container's inspection.
func FactsOf(state *container.State) Facts {
	return Facts{Status: state.Status, ExitCode: state.ExitCode, OOMKilled: state.OOMKilled, Error: state.Error}
}

// Remove removes a sandbox's container and network. Its volumes stay, and what it was is kept: see KeptSpec. That there is nothing to
// remove is no error.
func Remove(ctx context.Context, cli *client.Client, t *task.Task, name string) error {
	var was *Found // what is kept
	err := remove(ctx, cli, t, name, func() error {
		found, err := Find(ctx, cli, name)
		switch {
		case fault.KindOf(err) == fault.BadInput:
			t.Log(err.Error() + " So what it was cannot be kept.")
			return ForgetSpec(ctx, cli, name)
		case err != nil || found == nil || standsIn(found.Inspect):
			return err
		}
		// Labels are written once: what a removal left that did not come to its end has to go first.
		if _, err := removeMark(ctx, cli, name); err != nil {
			return err
		}
		was = found
		return keepSpec(ctx, cli, found)
	})
	if was == nil {
		return err
	}
	after := context.WithoutCancel(ctx)
	if err != nil {
		// It may be changed and then removed outside Berth: what was kept would be of another time.
		if found, look := Find(after, cli, name); look == nil && found != nil && !goes(found.Inspect) {
			return errors.Join(err, ForgetSpec(after, cli, name))
		}
		return err
	}
	return keepSpec(after, cli, was) // a Berth that connected just now may have seen the mark beside the container
}

// remove is Remove with something that is done first.
func remove(ctx context.Context, cli *client.Client, t *task.Task, name string, first func() error) error {
	step := t.Step("remove", "Remove "+ContainerName(name))
	step.Begin("removing")
	if err := notElsewhere(ctx, cli, name); err != nil {
		return err
	}
	if err := first(); err != nil {
		return err
	}
	if err := removeContainers(ctx, cli, name); err != nil {
		return err
	}
	step.Done("removed; its volumes stay")
	return nil
}

// notElsewhere refuses what is to be done to a sandbox whose container was renamed outside: to do nothing would look like success.
func notElsewhere(ctx context.Context, cli *client.Client, name string) error {
	if _, err := cli.ContainerInspect(ctx, ContainerName(name)); !errdefs.IsNotFound(err) {
		return nil // it is there, or what is done next says why not
	}
	return volume.Free(ctx, cli, name, ownName(name))
}

// removeContainers removes a sandbox's container, what an interrupted change set aside, and its network.
func removeContainers(ctx context.Context, cli *client.Client, name string) error {
	found, err := lookFor(ctx, cli, name)
	if err != nil {
		return err
	}
	return removeSeen(ctx, cli, name, found)
}

// lookFor is Find for what is about to be removed, whatever its labels say that it is.
func lookFor(ctx context.Context, cli *client.Client, name string) (*container.InspectResponse, error) {
	found, err := cli.ContainerInspect(ctx, ContainerName(name))
	switch {
	case errdefs.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fault.From("remove sandbox "+name, err)
	case found.Config.Labels[LabelName] != name:
		return nil, nameTaken(name)
	}
	return &found, nil
}

// removeSeen is removeContainers where the sandbox's container was looked for; nil for none.
func removeSeen(ctx context.Context, cli *client.Client, name string, found *container.InspectResponse) error {
	op := "remove sandbox " + name
	if found != nil {
		if err := EndFill(ctx, cli, name); err != nil { // with a container its volumes are whole
			return err
		}
		// Stopped first, so that opencode closes its database.
		patience := stopPatience
		if err := cli.ContainerStop(ctx, found.ID, container.StopOptions{Timeout: &patience}); err != nil && !errdefs.IsNotFound(err) {
			return fault.From(op, err)
		}
		if err := volume.RemoveContainer(context.WithoutCancel(ctx), cli, found.ID); err != nil {
			return fault.From(op, err)
		}
	}
	if err := Settle(ctx, cli, name); err != nil { // what an interrupted change set aside
		return err
	}
	return removeNetwork(ctx, cli, name)
}

// removeNetwork removes the sandbox's own network. One that something else uses stays, as does one that is not Berth's.
func removeNetwork(ctx context.Context, cli *client.Client, name string) error {
	found, err := cli.NetworkInspect(ctx, ContainerName(name), network.InspectOptions{})
	if errdefs.IsNotFound(err) || err == nil && (found.Labels[LabelName] != name || len(found.Containers) > 0) {
		return nil
	}
	if err == nil {
		err = cli.NetworkRemove(ctx, found.ID)
	}
	if err != nil && !errdefs.IsNotFound(err) {
		return fault.From("remove the network "+ContainerName(name), err)
	}
	return nil
}
