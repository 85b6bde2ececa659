package engine

import (
	"context"

	"github.com/docker/docker/client"

	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// Repair gives all that a sandbox's volumes hold to the user opencode runs as, by a short container of the same image without
// a network. Folders of the engine's computer that it mounts keep their owner unless folders says that a person agreed.
func (e *Engine) Repair(name string, folders bool) task.ID {
	return e.onDaemon(task.Repair, name, "Repairing the ownership in "+name, func(ctx context.Context, cli *client.Client, t *task.Task) error {
		found, err := e.present(ctx, cli, name)
		if err != nil {
			return err
		}
		knows, err := knowsOf(found)
		if err != nil {
			return err
		}
		with, err := volume.NewCopier(ctx, cli, found.Inspect.Image)
		if err != nil {
			return err
		}
		release, err := volume.Lease(ctx, cli, found.Inspect.Image, name)
		if err != nil {
			return err
		}
		defer release()
		for _, role := range sandbox.Roles(found.Spec) {
			source := volume.Name(role, name)
			step := t.Step("own/"+source, "Volume "+source)
			step.Begin("changing owners")
			if err := with.Own(ctx, knows.UID, knows.GID, name, source); err != nil {
				return err
			}
			step.Done("done")
		}
		if folders && found.Spec.Projects != "" {
			step := t.Step("own/"+found.Spec.Projects, "Folder "+found.Spec.Projects)
			step.Begin("changing owners")
			if err := with.OwnFolder(ctx, knows.UID, knows.GID, name, found.Spec.Projects); err != nil {
				return err
			}
			step.Done("done")
		}
		t.Say("all of it belongs to opencode's user")
		return nil
	})
}
