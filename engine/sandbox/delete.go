package sandbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/containerd/errdefs"
	dockervolume "github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/task"
	"berth/engine/volume"
)

// markDeleting says that a person confirmed that a sandbox's data go. Whoever finds it carries it through, since what is
// half deleted is of no use to anybody.
const markDeleting = "deleting"

func deletingMark(sandbox string) string { return "berth-deleting-" + sandbox }

// Delete removes a sandbox with its volumes and rollback points. A volume that another container mounts stops it before
// anything is removed.
func Delete(ctx context.Context, cli *client.Client, t *task.Task, name string) error {
	op := "delete the data of " + name
	for _, role := range agent.Roles {
		users, err := volume.UsedBy(ctx, cli, volume.Name(role, name))
		if err != nil {
			return err
		}
		for _, u := range users {
			if !u.Helper && (u.Sandbox != name || !ownName(name)(u.Name)) { // a helper ends by itself
				return &fault.Error{
					Kind: fault.VolumeInUse, Op: op, Why: fmt.Sprintf("the container %q mounts %s too", u.Name, volume.Name(role, name)),
					Remedy: "Remove that container first. Nothing was deleted.",
				}
			}
		}
	}
	if _, err := Find(ctx, cli, name); errors.Is(err, fault.NameTaken) {
		return err
	}
	if err := notElsewhere(ctx, cli, name); err != nil {
		return err
	}
	_, err := cli.VolumeCreate(ctx, dockervolume.CreateOptions{Name: deletingMark(name), Labels: map[string]string{
		LabelName: name, LabelMark: markDeleting, LabelSchema: Schema,
	}})
	if err != nil {
		return fault.From(op, err)
	}
	ctx = context.WithoutCancel(ctx) // half deleted is worth nothing
	if err := remove(ctx, cli, t, name, func() error { return nil }); err != nil {
		now, look := cli.ContainerInspect(ctx, ContainerName(name))
		switch {
		case look == nil && !goes(now):
			_ = removeVolume(ctx, cli, deletingMark(name)) // all is still there, so nothing is to be carried through
			return err
		case look != nil && !errdefs.IsNotFound(look):
			return err // the engine is away: who finds the mark carries it through
		}
		// With its container went what the sandbox was, and a person has confirmed that all of it goes.
		t.Log("Its container is gone, so the rest goes too, in spite of: " + err.Error())
		if err := removeContainers(ctx, cli, name); err != nil {
			return err
		}
	}
	return deleteVolumes(ctx, cli, name, func(what string) {
		t.Step("delete/"+what, "Delete "+what).Done("deleted")
	})
}

// deleteVolumes removes what is left of a sandbox without a container, the mark last.
func deleteVolumes(ctx context.Context, cli *client.Client, name string, told func(what string)) error {
	op := "delete the data of " + name
	points, err := Points(ctx, cli, name)
	if err != nil {
		return err
	}
	for _, p := range points {
		if err := RemovePoint(ctx, cli, p); err != nil {
			return err
		}
	}
	for _, role := range agent.Roles {
		if err := removeVolume(ctx, cli, volume.Name(role, name)); err != nil {
			return fault.From(op, err)
		}
		told(volume.Name(role, name))
	}
	if err := ForgetSpec(ctx, cli, name); err != nil {
		return err
	}
	if err := removeVolume(ctx, cli, deletingMark(name)); err != nil {
		return fault.From(op, err)
	}
	return nil
}

// recoverDeletes carries through what Berth died in, and tells the names. One that fails keeps no other from it.
func recoverDeletes(ctx context.Context, cli *client.Client, s stock, busy func(string) bool) (done []string, err error) {
	for _, name := range s.marked(markDeleting) {
		if busy(name) {
			continue
		}
		half, failed := recoverDelete(ctx, cli, name)
		switch {
		case failed != nil:
			err = errors.Join(err, failed)
		case half:
			done = append(done, name)
		}
	}
	return done, err
}

// recoverDelete is recoverDeletes for one sandbox. The list may be minutes old: the deletion may have ended, and somebody works in a new
// sandbox of that name. So the mark is looked for once its container was seen, and just that one goes; a volume that a newer one mounts
// the engine does not let go.
func recoverDelete(ctx context.Context, cli *client.Client, name string) (half bool, err error) {
	seen, err := lookFor(ctx, cli, name)
	if err != nil {
		return false, err
	}
	if half, err = volume.Exists(ctx, cli, deletingMark(name)); err != nil || !half {
		return false, err
	}
	if err := removeSeen(ctx, cli, name, seen); err != nil {
		return true, err
	}
	return true, deleteVolumes(ctx, cli, name, func(string) {})
}

// notDeleting refuses a sandbox whose deletion was begun and could not be carried through.
func notDeleting(ctx context.Context, cli *client.Client, name string) error {
	half, err := volume.Exists(ctx, cli, deletingMark(name))
	if err == nil && half {
		err = &fault.Error{
			Kind: fault.NameTaken, Op: "use sandbox " + name, Why: "its data are being deleted, and that was not carried through",
			Remedy: "Delete its data once more.",
		}
	}
	return err
}
