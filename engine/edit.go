package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// Edit changes a sandbox to another spec: a new container on the same volumes. When it does not become healthy, or the task
// is cancelled, the old one comes back. A sandbox that does not run is changed without being started.
func (e *Engine) Edit(spec sandbox.Spec) task.ID {
	name := spec.Name
	return e.onDaemon(task.Edit, name, "Changing "+name, func(ctx context.Context, cli *client.Client, t *task.Task) error {
		if err := spec.Validate(); err != nil {
			return err
		}
		sandbox.DeclareEdit(t, name)
		old, err := e.present(ctx, cli, name)
		if err != nil {
			return err
		}
		if spec.Image == "" || spec.Image == old.Spec.Image {
			// The same opencode as before, whatever the reference names by now: another one is an update.
			spec.Image = old.Spec.Image
			knows, err := knowsOf(old)
			if err != nil {
				return err
			}
			c := sandbox.Change{CreateOptions: sandbox.CreateOptions{Spec: spec, Agent: knows, ImageID: old.Inspect.Image}}
			sandbox.ImageStep(t).Present("the same")
			return e.change(ctx, cli, t, old, c, old.Inspect.State.Running)
		}
		img, err := e.ensureImage(ctx, t, spec.Image)
		if err != nil {
			return err
		}
		knows, err := e.mayBecome(ctx, cli, t, name, versionOf(old), img, false)
		if err != nil {
			return err
		}
		with, err := volume.NewCopier(ctx, cli, old.Inspect.Image)
		if err != nil {
			return err
		}
		c := sandbox.Change{
			CreateOptions: sandbox.CreateOptions{Spec: spec, Agent: knows}, With: with, Point: &sandbox.Point{Reason: "edit", Roles: pointRoles},
		}
		if err := e.change(ctx, cli, t, old, c, old.Inspect.State.Running); err != nil {
			return err
		}
		return e.prunePoints(ctx, cli, name)
	})
}

// present finds a sandbox that must be there.
func (e *Engine) present(ctx context.Context, cli *client.Client, name string) (*sandbox.Found, error) {
	found, err := sandbox.Find(ctx, cli, name)
	if err == nil && found == nil {
		err = &fault.Error{
			Kind: fault.NotFound, Op: "change " + name, Why: "it has no container",
			Remedy: "Start it: Berth makes it anew on the same volumes.", Action: fault.Retry,
		}
	}
	return found, err
}

// change makes one container of another, with the same first port and the same password unless another is given, as a transaction: it ends in the new state
// or, for whatever reason, in the old one. With run the new container has to become healthy.
func (e *Engine) change(ctx context.Context, cli *client.Client, t *task.Task, old *sandbox.Found, c sandbox.Change, run bool) error {
	name := c.Spec.Name
	ctx, release, err := volume.Hold(ctx, cli, old.Inspect.Image, name)
	if err != nil {
		return err
	}
	defer release()
	if c.Point != nil {
		if c.Point, err = sandbox.NewPoint(ctx, cli, name, c.Point.Reason, c.Point.Roles); err != nil {
			return err
		}
	}
	if c.Password = cmp.Or(c.Password, old.Password(knowsOrNearest(old))); c.Password == "" && !c.Spec.OpenAuth {
		if c.Password, err = e.password(ctx, cli, name, false); err != nil {
			return err
		}
	}
	c.FirstPort = cmp.Or(old.Spec.Port, e.Settings().Sandbox.Port)
	if _, err := sandbox.Replace(ctx, cli, t, old, c); err != nil {
		return err
	}
	return e.settle(ctx, cli, t, name, run, sandbox.UndoOf(old, c))
}

// knowsOrNearest is what Berth knows of the opencode in a container; of one of another major version that it does not know,
// what comes nearest to it.
func knowsOrNearest(found *sandbox.Found) agent.Agent {
	knows, err := knowsOf(found)
	if err != nil {
		return agent.V1
	}
	return knows
}

// settle waits for the new container of a change to become healthy, when it shall run, and then lets the old one go; else
// the old one comes back and the error says why. A sandbox that did not run before is stopped again.
func (e *Engine) settle(ctx context.Context, cli *client.Client, t *task.Task, name string, run bool, known sandbox.Undo) error {
	err := e.prove(ctx, cli, t, name, run)
	after := context.WithoutCancel(ctx)
	if err == nil {
		if err = e.accept(after, cli, t, name, run); !errors.Is(err, fault.NotFound) { // its new container was removed outside
			return err
		}
	}
	// Also a cancel ends in the old state. Where the engine is gone the next connect does this.
	alone := sandbox.OldStandsIn(after, cli, name)
	did, back := sandbox.TakeBack(after, cli, name, known)
	switch {
	case back != nil:
		return e.notBack(t, name, back, err)
	case did.Accepted || did.Nothing:
		e.notice(name, fmt.Sprintf("The change of %s did not work out, and cannot be taken back: the container from before it is gone.", name))
	default:
		e.isBack(t, name, alone)
	}
	return err
}

// finish settles a change that an earlier Berth did not end, perhaps days ago. What was done in the sandbox since is not lost
// when its container turns out to be no good: it becomes a rollback point. A cancel leaves everything for the next one.
func (e *Engine) finish(ctx context.Context, cli *client.Client, t *task.Task, name, image string) error {
	err := e.prove(ctx, cli, t, name, true)
	if err == nil {
		if err = e.accept(context.WithoutCancel(ctx), cli, t, name, true); err == nil {
			e.notice(name, sandbox.CarriedThrough(name))
		}
		return err
	}
	if ctx.Err() != nil || fault.Retryable(err) {
		return err
	}
	alone := sandbox.OldStandsIn(ctx, cli, name)
	did, back := sandbox.TakeBackKeeping(context.WithoutCancel(ctx), cli, name, image)
	switch {
	case back != nil:
		return e.notBack(t, name, back, err)
	case did.Accepted:
		e.notice(name, sandbox.CarriedThrough(name))
	case did.Nothing: // another Berth ended it
	case did.Kept:
		e.notice(name, sandbox.TakenBack(name, alone, did.Kept))
	default:
		e.isBack(t, name, alone)
	}
	return err
}

// notBack tells that the container from before a change could not be brought back, which the next command or connect does, and
// gives why that was to be.
func (e *Engine) notBack(t *task.Task, name string, back, why error) error {
	e.log.Warn("take back a change", "sandbox", name, "err", back)
	t.Log("The change was not taken back altogether: " + back.Error())
	return why
}

// isBack tells that a change was taken back; alone says that there was no container before.
func (e *Engine) isBack(t *task.Task, name string, alone bool) {
	if alone {
		t.Log("The volumes are as they were before the change.")
	} else {
		t.Log("The container from before the change is back.")
	}
	e.notice(name, fmt.Sprintf("The change of %s did not work out; it is as it was before.", name))
}

// accept lets the container from before a change go. A sandbox that did not run before is stopped again.
func (e *Engine) accept(after context.Context, cli *client.Client, t *task.Task, name string, run bool) error {
	// What is not settled would be taken back by the next connect, with all that came since.
	return task.Retry(after, nil, task.Policy{}, func(ctx context.Context) error {
		ran, err := sandbox.RanBefore(ctx, cli, name)
		if err != nil {
			return err
		}
		if run && !ran {
			if _, err := sandbox.Stop(ctx, cli, t, name); err != nil {
				return err
			}
		}
		if err := sandbox.Settle(ctx, cli, name); err != nil {
			return err
		}
		// Of what was restored over volumes without a container. One that stays says nothing any more, and the next connect takes it away.
		if err := sandbox.ForgetSpec(ctx, cli, name); err != nil {
			t.Log(err.Error())
		}
		return nil
	})
}

// prove starts the new container of a change and waits until it is healthy, when it shall run.
func (e *Engine) prove(ctx context.Context, cli *client.Client, t *task.Task, name string, run bool) error {
	if !run {
		return nil
	}
	found, err := sandbox.Find(ctx, cli, name)
	if err != nil {
		return err
	}
	if found == nil {
		return fault.New(fault.NotFound, "change "+name, "its new container was removed from outside")
	}
	knows, err := knowsOf(found)
	if err != nil {
		return err
	}
	return e.awaitHealthy(ctx, cli, t, name, knows)
}

// finishEdit ends a change that Berth was killed in after its new container had started.
func (e *Engine) finishEdit(name string) task.ID {
	return e.onDaemon(task.Edit, name, "Finishing the change of "+name, func(ctx context.Context, cli *client.Client, t *task.Task) error {
		sandbox.DeclareStart(t, name) // what the work on any sandbox begins with is all there is to do
		e.keepPassword(ctx, cli, name, false)
		return sandbox.PrunePoints(ctx, cli, name, e.Settings().Update.KeptPoints())
	})
}
