package engine

import (
	"context"

	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/backup"
	"berth/engine/image"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// replaceLeft fills the volumes of a sandbox whose container was removed, and brings it up. With a container that stands in, they are
// what is kept; when it goes wrong they are as they were, without a container.
func (e *Engine) replaceLeft(ctx context.Context, cli *client.Client, t *task.Task, spec sandbox.Spec, img *image.Image, m backup.Manifest, fill func(context.Context, *volume.Copier) error) error {
	name := spec.Name
	knows, err := agent.For(img.Labels[sandbox.LabelVersion])
	if err != nil {
		return err
	}
	ctx, release, err := volume.Hold(ctx, cli, img.ID, name)
	if err != nil {
		return err
	}
	defer release()
	old, err := e.standIn(ctx, cli, t, name, *img)
	if err == nil {
		err = e.replaceOf(ctx, cli, t, old, spec, img, m, fill)
	}
	if err != nil {
		if drop := sandbox.DropStandIn(context.WithoutCancel(ctx), cli, name); drop != nil { // the next connect does it
			t.Log("removing the container that stood in: " + drop.Error())
		}
		return err
	}
	return e.awaitHealthy(ctx, cli, t, name, knows) // it did not run before, but is to run now
}

// standIn makes the container that stands in. A rollback goes back to it, so it is as a start would make it: what the file says of
// itself says nothing of the data that are there. Only where the image of that is not there it is of the restored one.
func (e *Engine) standIn(ctx context.Context, cli *client.Client, t *task.Task, name string, img image.Image) (*sandbox.Found, error) {
	if reference := e.ImageFor(e.Settings()); reference != "" {
		own, there, err := image.Find(ctx, cli, reference)
		if err != nil {
			return nil, err
		}
		if _, unknown := agent.For(own.Labels[sandbox.LabelVersion]); there && unknown == nil {
			img = own
		}
	}
	knows, err := agent.For(img.Labels[sandbox.LabelVersion])
	if err != nil {
		return nil, err
	}
	password, err := e.password(ctx, cli, name, false)
	if err != nil {
		return nil, err
	}
	spec, defaults := e.plain(name), e.Settings().Sandbox
	spec.Image, spec.Memory, spec.Restart = img.Reference, defaults.MemoryBytes(), defaults.Restart
	return sandbox.StandIn(ctx, cli, t, sandbox.CreateOptions{Spec: spec, Agent: knows, Password: password, FirstPort: defaults.Port, ImageID: img.ID})
}
