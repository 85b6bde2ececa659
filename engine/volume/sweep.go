package volume

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"berth/engine/fault"
)

// removalPatience is how long the removal of a container is waited for that somebody else began: freeing what it wrote takes the time
// that the engine's disk takes.
const removalPatience = 2 * time.Minute

// removalTries is how often a container is removed that ends in that very moment.
const removalTries = 5

// RemoveContainer removes a container whatever it does. One that is gone is no error, and one that somebody else removes just
// now is waited for. One that ends in the moment in which it is to be killed for that is removed all the same: Podman 4.3 refuses it
// ("container state improper: stopped").
func RemoveContainer(ctx context.Context, cli *client.Client, id string) error {
	var err error
	for range removalTries {
		if err = cli.ContainerRemove(ctx, id, container.RemoveOptions{Force: true}); err == nil || !hasEnded(ctx, cli, id) {
			break
		}
	}
	return removed(ctx, cli, id, err)
}

// hasEnded reports whether a container is there, does not run and is not being removed.
func hasEnded(ctx context.Context, cli *client.Client, id string) bool {
	got, err := cli.ContainerInspect(ctx, id)
	return err == nil && !got.State.Running && !Goes(got)
}

// Goes reports whether a container is just being removed, or could not be removed wholly.
func Goes(c container.InspectResponse) bool {
	return c.State != nil && (c.State.Status == "removing" || c.State.Dead)
}

// removed is what a removal came to: see RemoveContainer.
func removed(ctx context.Context, cli *client.Client, id string, err error) error {
	switch {
	case errdefs.IsNotFound(err):
		return nil
	case errdefs.IsConflict(err) && strings.Contains(err.Error(), "already in progress"):
		patient, stop := context.WithTimeout(ctx, removalPatience)
		defer stop() // ends the waiting also where the caller's context never does
		ended, failed := cli.ContainerWait(patient, id, container.WaitConditionRemoved)
		select {
		case end := <-ended:
			if end.Error != nil { // it failed there
				return errors.New(end.Error.Message)
			}
		case why := <-failed:
			switch {
			case why == nil || errdefs.IsNotFound(why):
			case ctx.Err() == nil && patient.Err() != nil:
				return err
			default:
				return why
			}
		}
		return nil
	}
	return err
}

// Sweep removes the helpers that a Berth that was killed left on the engine, and lets go on what it had paused. It tells
// the names of the latter. One that it cannot see to keeps no other from being seen to.
func Sweep(ctx context.Context, cli *client.Client, all []container.Summary) (unpaused []string, err error) {
	for _, c := range all {
		if c.Labels[LabelHelper] == "" || mayWork(c) {
			continue
		}
		name, failed := letGoOn(ctx, cli, c.Labels[LabelPaused])
		if name != "" {
			unpaused = append(unpaused, name)
		}
		if failed != nil { // the helper is what tells that it is paused
			err = errors.Join(err, failed)
			continue
		}
		remove := RemoveContainer
		if c.Labels[LabelLease] != "" {
			remove = removeEnded
		}
		if failed := remove(ctx, cli, c.ID); failed != nil {
			err = errors.Join(err, fault.From("remove a helper that was left behind", failed))
		}
	}
	return unpaused, err
}

// letGoOn lets a container go on that a helper had paused, and tells its name; "" when none has to.
func letGoOn(ctx context.Context, cli *client.Client, paused string) (name string, err error) {
	if paused == "" {
		return "", nil
	}
	got, err := cli.ContainerInspect(ctx, paused)
	switch {
	case errdefs.IsNotFound(err):
		return "", nil
	case err != nil:
		return "", fault.From("look at what was paused", err)
	case !got.State.Paused:
		return "", nil
	}
	if err := cli.ContainerUnpause(ctx, paused); err != nil {
		return "", fault.From("let "+got.Name+" go on", err)
	}
	return strings.TrimPrefix(got.Name, "/"), nil
}

// mayWork reports whether a helper is one that works for nobody and may still do so: it ends by itself, and may be another Berth's.
func mayWork(c container.Summary) bool {
	life := helperLife
	switch c.State {
	case "exited":
		return false
	case "created":
		life = unstarted
	}
	return c.Labels[LabelHelper] == anyone && time.Since(time.Unix(c.Created, 0)) < life
}

// removeEnded removes a lease unless it runs: it may have been started after it was listed, and is somebody's then.
func removeEnded(ctx context.Context, cli *client.Client, id string) error {
	err := removed(ctx, cli, id, cli.ContainerRemove(ctx, id, container.RemoveOptions{})) // the engine may be at it: a lease goes by itself
	if got, look := cli.ContainerInspect(ctx, id); err != nil && look == nil && got.State.Running {
		return nil
	}
	return err
}
