package engine

import (
	"context"
	"fmt"

	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/backup"
	"berth/engine/fault"
	"berth/engine/image"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// replaceLeft fills the volumes of a sandbox whose container was removed, and brings it up. With a container that stands in, they are
// what is kept; when it goes wrong they are as they were, without a container.
func (e *Engine) replaceLeft(ctx context.Context, cli *client.Client, t *task.Task, spec sandbox.Spec, img *image.Image, m backup.Manifest, fill func(context.Context, *volume.Copier) error) error {
	return e.onStandIn(ctx, cli, t, spec.Name, img, func(ctx context.Context, old *sandbox.Found) error {
		return e.replaceOf(ctx, cli, t, old, spec, img, m, fill)
	})
}

// onStandIn changes a sandbox without a container, by a change of the container that stands in for it, to that image, and brings it up.
// When that goes wrong its volumes are as they were, without a container.
func (e *Engine) onStandIn(ctx context.Context, cli *client.Client, t *task.Task, name string, img *image.Image, change func(context.Context, *sandbox.Found) error) error {
	knows, err := agent.For(img.Labels[sandbox.LabelVersion])
	if err != nil {
		return err
	}
	ctx, release, err := volume.Hold(ctx, cli, img.ID, name)
	if err != nil {
		return err
	}
	defer release()
	old, lost, err := e.standIn(ctx, cli, t, name, *img)
	if err == nil {
		err = change(ctx, old)
	}
	if err != nil {
		if drop := sandbox.DropStandIn(context.WithoutCancel(ctx), cli, name); drop != nil { // the next connect does it
			t.Log("removing the container that stood in: " + drop.Error())
		}
		return err
	}
	if lost != "" {
		e.notice(name, lost)
	}
	return e.awaitHealthy(ctx, cli, t, name, knows) // it did not run before, but is to run now
}

// standIn makes the container that stands in. A rollback goes back to it, so it is as a start would make it: what the file says of
// itself says nothing of the data that are there. Only where the image of that is not there it is of the new one, and only where what it
// was cannot be made any more, a folder that it mounted being gone say, it has no folders, and where that does not do either it is plain.
// Lost says then, as a sentence, what a rollback does not bring back; "" for nothing.
func (e *Engine) standIn(ctx context.Context, cli *client.Client, t *task.Task, name string, img image.Image) (found *sandbox.Found, lost string, err error) {
	was, err := e.asItWas(ctx, cli, name)
	if err != nil {
		return nil, "", err
	}
	for _, reference := range []string{was.image, was.spec.Image, e.ImageFor(e.Settings())} {
		if reference == "" {
			continue
		}
		own, there, err := image.Find(ctx, cli, reference)
		if err != nil {
			return nil, "", err
		}
		if _, unknown := agent.For(own.Labels[sandbox.LabelVersion]); there && unknown == nil {
			img = own
			break
		}
	}
	knows, err := agent.For(img.Labels[sandbox.LabelVersion])
	if err != nil {
		return nil, "", err
	}
	password, err := e.password(ctx, cli, name, false)
	if err != nil {
		return nil, "", err
	}
	stand := func(spec sandbox.Spec) (*sandbox.Found, error) {
		return sandbox.StandIn(ctx, cli, t, sandbox.CreateOptions{
			Spec: e.settled(spec, &img), Agent: knows, Password: password, FirstPort: e.Settings().Sandbox.Port, ImageID: img.ID,
		})
	}
	found, err = stand(was.spec)
	bare, plain := was.spec, e.plain(name)
	bare.Mounts, bare.Projects = nil, ""
	plain.Image = was.spec.Image
	for _, less := range []struct {
		spec sandbox.Spec
		is   bool // it is less than what did not do
		lost string
	}{
		{bare, len(was.spec.Mounts) > 0 || was.spec.Projects != "", "A rollback would bring %s back without the folders that it had: they cannot be mounted now."},
		{plain, was.known, "A rollback would bring %s back with nothing chosen: what it was cannot be made now."},
	} {
		if err == nil || ctx.Err() != nil || fault.Retryable(err) {
			break
		}
		if less.is {
			t.Log("What it was cannot be made any more: " + err.Error())
			lost = fmt.Sprintf(less.lost, name)
			found, err = stand(less.spec)
		}
	}
	return found, lost, err
}
