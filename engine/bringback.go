package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/docker/docker/client"

	"berth/engine/fault"
	"berth/engine/image"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// remembered is what a sandbox without a container is made of again.
type remembered struct {
	spec      sandbox.Spec
	known     bool   // else nobody knows what it was, and the spec is plain
	reference string // of its image, which the spec does not name where that cannot be had any more
	ran       string // id of the image it ran
	image     string // the same while that is there, else ""
	version   string // of the opencode that had its data; "" when not known
	note      string // what is otherwise than it was, as a sentence; "" for nothing
}

// asItWas is what a sandbox was when its container was removed, or plain where that is not known. An image that only another Berth
// can build, and that is gone, is not named: the sandbox gets that of the settings.
func (e *Engine) asItWas(ctx context.Context, cli *client.Client, name string) (remembered, error) {
	kept, known, err := sandbox.KeptSpec(ctx, cli, name)
	if err != nil || !known {
		return remembered{spec: e.plain(name)}, err
	}
	was := remembered{spec: kept.Spec, known: true, reference: kept.Spec.Image, ran: kept.ImageID, version: kept.Version}
	if kept.ImageID != "" {
		_, there, err := image.Find(ctx, cli, kept.ImageID)
		if err != nil {
			return was, err
		}
		if there {
			was.image = kept.ImageID
			return was, nil
		}
	}
	if e.obtainable(was.spec.Image) {
		return was, nil
	}
	_, there, err := image.Find(ctx, cli, was.spec.Image)
	if err == nil && !there {
		was.note = fmt.Sprintf("%s is not on this engine, so %s gets the image of the settings.", was.spec.Image, name)
		was.spec.Image = ""
	}
	return was, err
}

// obtainable reports whether an image that is not there can be pulled or built. One that another Berth built can be neither: in the
// registry its name would be somebody else's.
func (e *Engine) obtainable(reference string) bool {
	pin, ok := image.PinFor(e.processor())
	return !image.Built(reference) || ok && reference == pin.Tag()
}

// notObtainable says so.
func notObtainable(reference string) error {
	return &fault.Error{
		Kind: fault.ImageNotFound, Op: "get the image", Why: fmt.Sprintf("%s was built by another Berth, and this one cannot build it", reference),
		Remedy: "Choose another image for the sandbox.",
	}
}

// asItIs is what a sandbox with a container is, to make another one like it.
func (e *Engine) asItIs(ctx context.Context, cli *client.Client, found *sandbox.Found) (remembered, error) {
	is := remembered{spec: found.Spec, known: true, reference: found.Spec.Image, ran: found.Inspect.Image, version: versionOf(found)}
	_, there, err := image.Find(ctx, cli, found.Inspect.Image)
	if there {
		is.image = found.Inspect.Image
	}
	return is, err
}

// making is what a sandbox is to be made of.
type making struct {
	spec  sandbox.Spec
	img   *image.Image
	id    string // of the image, where it is not just what the spec's reference names
	was   bool   // it is what the sandbox was when its container was removed
	had   string // version of the opencode that had its data; "" when not known
	other bool   // it is of another image than the one that had the data: see bringBackOn
}

// toMake decides what a sandbox without a container is made of, and gets the image. What is chosen for one whose container was removed
// is made of the image that it ran, unless another one is chosen, or that one is gone: what a reference names by now is an update.
func (e *Engine) toMake(ctx context.Context, t *task.Task, name string, chosen *sandbox.Spec) (m making, err error) {
	var was remembered
	err = task.Retry(ctx, t, task.Policy{}, func(ctx context.Context) error {
		cli, err := e.awaitDaemon(ctx, t)
		if err == nil {
			was, err = e.asItWas(ctx, cli, name)
		}
		return err
	})
	op := "start " + name
	switch {
	case err != nil:
		return m, err
	case chosen == nil:
		m.spec, m.id, m.was = was.spec, was.image, was.known
		m.img, err = e.imageAsItWas(ctx, t, was, op)
	case !was.known:
		m.spec = *chosen
		m.img, err = e.ensureImage(ctx, t, chosen.Image)
	case chosen.Image == "" || chosen.Image == was.reference:
		m.spec, m.id = *chosen, was.image
		m.spec.Image = was.spec.Image
		m.img, err = e.imageAsItWas(ctx, t, was, op)
	default:
		m.spec, was.note = *chosen, ""
		if m.img, err = e.ensureImage(ctx, t, chosen.Image); err == nil {
			m.id, err = m.img.ID, mayNotRead(op, was.version, m.img)
		}
	}
	if err != nil {
		return m, err
	}
	if was.note != "" {
		e.notice(name, was.note)
	}
	m.had, m.other = was.version, was.known && !sameImage(m.img.ID, was.ran)
	return m, nil
}

// bringBackOn makes a sandbox of another image than the one that had its data. That is a change like any other: what opencode keeps is a
// rollback point first, and when the new one does not become healthy all is as it was, without a container.
func (e *Engine) bringBackOn(ctx context.Context, cli *client.Client, t *task.Task, m making) error {
	name := m.spec.Name
	e.latest.changes(name, t.ID()) // an engine that is restarted ends the lease, and another task must not take it back then
	err := e.onStandIn(ctx, cli, t, name, m.img, func(ctx context.Context, old *sandbox.Found) error {
		knows, err := e.mayBecome(ctx, cli, t, name, m.had, m.img, false)
		if err != nil {
			return err
		}
		with, err := volume.NewCopier(ctx, cli, old.Inspect.Image)
		if err != nil {
			return err
		}
		return e.change(ctx, cli, t, old, sandbox.Change{
			CreateOptions: sandbox.CreateOptions{Spec: e.settled(m.spec, m.img), Agent: knows, ImageID: m.img.ID}, With: with,
			Point: &sandbox.Point{Reason: "edit", Roles: pointRoles},
		}, true)
	})
	if err != nil {
		return err
	}
	return e.prunePoints(ctx, cli, name)
}

// imageAsItWas gives the image that a sandbox ran; where that is gone, what its spec or the settings name now, but no older opencode than
// had its data.
func (e *Engine) imageAsItWas(ctx context.Context, t *task.Task, was remembered, op string) (*image.Image, error) {
	if was.image == "" {
		img, err := e.ensureImage(ctx, t, was.spec.Image)
		if err == nil {
			err = mayNotRead(op, was.version, img)
		}
		return img, err
	}
	step := sandbox.ImageStep(t)
	step.Begin("looking")
	var img image.Image
	err := task.Retry(ctx, t, task.Policy{}, func(ctx context.Context) error {
		cli, err := e.awaitDaemon(ctx, t)
		if err != nil {
			return err
		}
		found, there, err := image.Find(ctx, cli, was.image)
		if err == nil && !there {
			err = imageGone("get the image")
		}
		img = found
		return err
	})
	if err != nil {
		return nil, err
	}
	step.Present("already here")
	return &img, nil
}

// explain says how a sandbox can be brought back that cannot be made as it was, a folder that it mounted being gone say.
func (m making) explain(err error) error {
	var e *fault.Error
	if !m.was || fault.Retryable(err) || !errors.As(err, &e) || e.Remedy != "" || e.Kind == fault.Cancelled {
		return err
	}
	explained := *e
	explained.Remedy = "Bring it back with other settings: the menu of its volumes on the Volumes page has that."
	return &explained
}
