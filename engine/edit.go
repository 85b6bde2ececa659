package engine

import (
	"cmp"
	"context"

	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
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
		img, err := e.ensureImage(ctx, t, spec.Image)
		if err != nil {
			return err
		}
		old, err := sandbox.Find(ctx, cli, name)
		if err != nil {
			return err
		}
		if old == nil {
			return fault.New(fault.NotFound, "change "+name, "its container was removed meanwhile")
		}
		knows, err := agent.For(img.Labels[sandbox.LabelVersion])
		if err != nil {
			return err
		}
		was, err := knowsOf(old)
		if err != nil {
			return err
		}
		password := old.Password(was)
		if password == "" && !spec.OpenAuth {
			if password, err = e.password(name); err != nil {
				return err
			}
		}
		ran := old.Inspect.State.Running
		_, err = sandbox.Replace(ctx, cli, t, old, sandbox.CreateOptions{
			Spec: spec, Agent: knows, Password: password, FirstPort: cmp.Or(old.Spec.Port, e.Settings().Sandbox.Port),
		})
		if err != nil {
			return err
		}
		return e.settle(ctx, cli, t, name, ran)
	})
}

// settle waits for the new container of a change to become healthy, when it shall run, and then lets the old one go; else
// the old one comes back and the error says why.
func (e *Engine) settle(ctx context.Context, cli *client.Client, t *task.Task, name string, run bool) error {
	var err error
	if run {
		var found *sandbox.Found
		if found, err = sandbox.Find(ctx, cli, name); err == nil && found == nil {
			err = fault.New(fault.NotFound, "change "+name, "its new container was removed from outside")
		}
		if err == nil {
			var knows agent.Agent
			if knows, err = knowsOf(found); err == nil {
				err = e.awaitHealthy(ctx, cli, t, name, knows)
			}
		}
	}
	if err == nil {
		return sandbox.Settle(context.WithoutCancel(ctx), cli, name)
	}
	// Also a cancel ends in the old state. Where the engine is gone the next connect does this.
	if back := sandbox.TakeBack(context.WithoutCancel(ctx), cli, name); back != nil {
		e.log.Warn("take back a change", "sandbox", name, "err", back)
		t.Log("The container from before is still set aside: " + back.Error())
		return err
	}
	t.Log("The container from before the change is back.")
	e.notice(name, "The change of "+name+" did not work out; it is as it was before.")
	return err
}

// finishEdit ends a change that Berth was killed in after its new container had started.
func (e *Engine) finishEdit(name string) {
	e.onDaemon(task.Edit, name, "Finishing the change of "+name, func(ctx context.Context, cli *client.Client, t *task.Task) error {
		sandbox.DeclareStart(t, name)
		return e.settle(ctx, cli, t, name, true)
	})
}
