package engine

import (
	"context"
	"fmt"

	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/image"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// Clone makes a sandbox with a copy of another one's volumes, and brings it up. The engine copies by itself. One that runs
// is paused only while what opencode keeps its database in is copied. A sandbox whose container was removed can be cloned
// too: its volumes are what counts.
func (e *Engine) Clone(name, to string) task.ID {
	return e.onDaemon(task.Clone, to, "Cloning "+name+" to "+to, func(ctx context.Context, cli *client.Client, t *task.Task) error {
		if err := sandbox.ValidName(to); err != nil {
			return err
		}
		found, err := sandbox.Find(ctx, cli, name)
		if err != nil {
			return err
		}
		if found != nil { // nothing may happen to it meanwhile
			release, err := volume.Lease(ctx, cli, found.Inspect.Image, name)
			if err != nil {
				return err
			}
			defer release()
			if found, err = e.present(ctx, cli, name); err != nil {
				return err
			}
		}
		var img *image.Image
		if found == nil { // its volumes could be started in the middle of it
			if img, err = e.ensureImage(ctx, t, ""); err != nil {
				return err
			}
			release, err := volume.Lease(ctx, cli, img.ID, name)
			if err != nil {
				return err
			}
			defer release()
		}
		spec, pause := e.plain(to), ""
		if found != nil {
			spec = found.Spec
			if found.Inspect.State.Running && !found.Inspect.State.Paused {
				pause = found.ID
			}
		}
		spec.Name, spec.Port = to, 0
		sandbox.DeclareCreate(t, to)
		if img == nil {
			if img, err = e.ensureImage(ctx, t, spec.Image); err != nil {
				return err
			}
		}
		return e.fillNew(ctx, cli, t, spec, img, func(ctx context.Context, with *volume.Copier) error {
			return copyRoles(ctx, cli, t, with, name, to, sandbox.Roles(spec), pause)
		})
	})
}

// copyRoles copies those volumes of a sandbox that exist to another's.
func copyRoles(ctx context.Context, cli *client.Client, t *task.Task, with *volume.Copier, name, to string, roles []agent.Role, pause string) error {
	copied := 0
	for _, role := range roles {
		source := volume.Name(role, name)
		there, err := volume.Exists(ctx, cli, source)
		if err != nil {
			return err
		}
		if !there {
			continue
		}
		step := t.Step("copy/"+string(role), "Copy "+source).Weigh(2)
		step.Begin("copying")
		watch := volume.Watch{For: to, Pause: pause, Files: func(n int64) { step.Begin(fmt.Sprintf("%d files", n)) }}
		if role == agent.Projects {
			watch.Pause = "" // see Backup
		}
		if err := with.Copy(ctx, source, volume.Name(role, to), watch); err != nil {
			return err
		}
		step.Done("copied")
		copied++
	}
	if copied == 0 {
		return fault.New(fault.NotFound, "clone "+name, "it has no volumes")
	}
	return nil
}
