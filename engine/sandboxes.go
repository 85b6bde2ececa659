package engine

import (
	"cmp"
	"context"
	"fmt"

	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/connect"
	"berth/engine/fault"
	"berth/engine/image"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// daemon gives the client of the connected daemon, or the diagnosis why there is none. While the first search runs it
// waits for its end.
func (e *Engine) daemon(ctx context.Context, op string) (*client.Client, error) {
	for {
		changed := e.link.wait()
		status := e.super.Status()
		switch {
		case status.Phase == connect.Connected:
			if ready := e.ready.Load(); ready != nil {
				if err := mayUse(ctx, op, ready); err != nil {
					return nil, err
				}
				return ready.client, nil
			}
		case status.Err != nil:
			return nil, status.Err
		}
		select {
		case <-ctx.Done():
			return nil, fault.From(op, context.Cause(ctx))
		case <-changed:
		}
	}
}

// awaitDaemon waits until a daemon is connected, however long that takes, and says on t that it does. It fails when another one
// is than the one that the task was begun on.
func (e *Engine) awaitDaemon(ctx context.Context, t *task.Task) (*client.Client, error) {
	for {
		changed := e.link.wait()
		if ready := e.ready.Load(); ready != nil {
			t.Say("")
			if err := mayUse(ctx, t.View().Title, ready); err != nil {
				return nil, err
			}
			return ready.client, nil
		}
		t.Say("waiting for an engine")
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-changed:
		}
	}
}

// Start brings a sandbox up, whatever that takes. One whose container was removed is made as it was; a name that does not exist yet
// is created with the defaults. Without a daemon it waits for one.
func (e *Engine) Start(name string) task.ID {
	return e.command(task.Start, name, "Starting "+name, func(ctx context.Context, t *task.Task) error {
		return e.bringUp(ctx, t, name, nil)
	})
}

// plain is the spec of a sandbox of which nobody chose anything but the name.
func (e *Engine) plain(name string) sandbox.Spec {
	defaults := e.Settings().Sandbox
	return sandbox.Spec{Name: name, Hardened: defaults.Hardened, CPUs: defaults.CPUs}
}

// Create makes a sandbox from a spec and brings it up; what the spec leaves open is as the settings say. A name that is taken
// is refused.
func (e *Engine) Create(spec sandbox.Spec) task.ID {
	return e.command(task.Create, spec.Name, "Creating "+spec.Name, func(ctx context.Context, t *task.Task) error {
		exists, err := e.exists(ctx, t, spec.Name)
		if err != nil {
			return err
		}
		if exists {
			return &fault.Error{
				Kind: fault.NameTaken, Op: "create " + spec.Name, Why: "there is a sandbox of that name already", Remedy: "Choose another name.",
			}
		}
		return e.bringUp(ctx, t, spec.Name, &spec)
	})
}

// bringUp is the main job: image, volumes, container, start, health. Every part finds what an interrupted try left, so what
// the daemon's restart broke off is simply done again. The image is a task of its own with its own tries. A sandbox that is to be
// made is as chosen says; nil for what it was.
func (e *Engine) bringUp(ctx context.Context, t *task.Task, name string, chosen *sandbox.Spec) error {
	if err := sandbox.ValidName(name); err != nil {
		return err
	}
	exists, err := e.exists(ctx, t, name)
	if err != nil {
		return err
	}
	var made making
	if !exists {
		sandbox.DeclareCreate(t, name)
		if made, err = e.toMake(ctx, t, name, chosen); err != nil {
			return err
		}
	}
	sandbox.DeclareStart(t, name)
	return task.Retry(ctx, t, task.Policy{}, func(ctx context.Context) error {
		cli, err := e.awaitDaemon(ctx, t)
		if err != nil {
			return err
		}
		return e.bringUpOnce(ctx, cli, t, name, made)
	})
}

// exists reports whether the sandbox has a container. One that stands in for none was left by who was cut off, and goes.
func (e *Engine) exists(ctx context.Context, t *task.Task, name string) (exists bool, err error) {
	err = task.Retry(ctx, t, task.Policy{}, func(ctx context.Context) error {
		cli, err := e.awaitDaemon(ctx, t)
		if err != nil {
			return err
		}
		if err := e.unhindered(ctx, cli, t, name); err != nil { // what it was set aside for, or is on the way to, may be all there is of it
			return err
		}
		found, err := findOrDrop(ctx, cli, name)
		exists = found != nil
		return err
	})
	return exists, err
}

// findOrDrop finds a sandbox's container; nil when it has none. One that stands in for it goes, unless somebody is at it.
func findOrDrop(ctx context.Context, cli *client.Client, name string) (*sandbox.Found, error) {
	found, err := sandbox.Find(ctx, cli, name)
	if err != nil || found == nil || !found.StandsIn() {
		return found, err
	}
	if err := volume.NotHeld(ctx, cli, name); err != nil {
		return nil, err
	}
	return nil, sandbox.DropStandIn(ctx, cli, name)
}

func (e *Engine) bringUpOnce(ctx context.Context, cli *client.Client, t *task.Task, name string, m making) error {
	if err := e.unhindered(ctx, cli, t, name); err != nil {
		return err
	}
	found, err := findOrDrop(ctx, cli, name) // one that stands in is of a try before this one
	if err != nil {
		return err
	}
	if found == nil {
		if m.img == nil {
			return fault.New(fault.NotFound, "start "+name, "its container was removed meanwhile")
		}
		if m.other {
			return e.bringBackOn(ctx, cli, t, m)
		}
		if found, err = e.createOf(ctx, cli, t, m, false); err != nil {
			return m.explain(err)
		}
	}
	knows, err := knowsOf(found)
	if err != nil {
		return err
	}
	return e.awaitHealthy(ctx, cli, t, name, knows)
}

// awaitHealthy starts a sandbox's container and waits until its opencode is healthy.
func (e *Engine) awaitHealthy(ctx context.Context, cli *client.Client, t *task.Task, name string, knows agent.Agent) error {
	started, err := sandbox.Start(ctx, cli, t, name, knows)
	if err != nil {
		return err
	}
	for _, note := range started.Notes {
		e.notice(name, note)
		t.Log(note)
	}
	version, err := sandbox.WaitHealthy(ctx, cli, t, started, e.client(ctx, &started.Found, knows))
	if err != nil {
		return err
	}
	t.Say(fmt.Sprintf("opencode %s is ready at %s", version, started.Address(knows)))
	return nil
}

// createFilled is createOf for a sandbox whose volumes were filled for it. It runs just that image: its reference may name another one by
// now, or none.
func (e *Engine) createFilled(ctx context.Context, cli *client.Client, t *task.Task, spec sandbox.Spec, img image.Image) (*sandbox.Found, error) {
	return e.createOf(ctx, cli, t, making{spec: spec, img: &img, id: img.ID}, true)
}

// createOf makes a sandbox that does not exist.
func (e *Engine) createOf(ctx context.Context, cli *client.Client, t *task.Task, m making, filled bool) (*sandbox.Found, error) {
	knows, err := agent.For(m.img.Labels[sandbox.LabelVersion])
	if err != nil {
		return nil, err
	}
	password, err := e.password(ctx, cli, m.spec.Name, filled)
	if err != nil {
		return nil, err
	}
	return sandbox.Create(ctx, cli, t, sandbox.CreateOptions{
		Spec: e.settled(m.spec, m.img), Agent: knows, Password: password, FirstPort: e.Settings().Sandbox.Port, Filled: filled, ImageID: m.id,
	})
}

// settled is a spec with nothing left open: what it does not say is as the settings say. No limit of CPUs is a choice.
func (e *Engine) settled(spec sandbox.Spec, img *image.Image) sandbox.Spec {
	defaults := e.Settings().Sandbox
	spec.Image = cmp.Or(spec.Image, img.Reference)
	spec.Memory = cmp.Or(spec.Memory, defaults.MemoryBytes())
	spec.Restart = cmp.Or(spec.Restart, defaults.Restart)
	return spec
}

// knowsOf is what Berth knows of the opencode in a container.
func knowsOf(found *sandbox.Found) (agent.Agent, error) {
	return agent.For(found.Inspect.Config.Labels[sandbox.LabelVersion])
}

// client speaks to the opencode in a container, wherever its engine is.
func (e *Engine) client(ctx context.Context, found *sandbox.Found, knows agent.Agent) *agent.Client {
	dial := connect.PortDialer(e.endpoint(ctx), e.opts.Where)
	return agent.NewClient(knows, found.Address(knows), found.Password(knows), dial)
}

// clientOf finds a sandbox and gives a client for its opencode.
func (e *Engine) clientOf(ctx context.Context, cli *client.Client, name string) (*agent.Client, error) {
	found, err := sandbox.Find(ctx, cli, name)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, fault.New(fault.NotFound, "look for sandbox "+name, "it has no container")
	}
	knows, err := knowsOf(found)
	if err != nil {
		return nil, err
	}
	if found.Address(knows) == "" {
		return nil, fault.New(fault.NotRunning, "speak to "+name, "it publishes no port")
	}
	return e.client(ctx, found, knows), nil
}

// Stop stops a sandbox. A start that is under way is cancelled first.
func (e *Engine) Stop(name string) task.ID {
	return e.onDaemon(task.Stop, name, "Stopping "+name, func(ctx context.Context, cli *client.Client, t *task.Task) error {
		how, err := sandbox.Stop(ctx, cli, t, name)
		if err == nil {
			t.Say(how)
		}
		return err
	})
}

// Restart stops a sandbox and starts it again.
func (e *Engine) Restart(name string) task.ID {
	return e.onDaemon(task.Restart, name, "Restarting "+name, func(ctx context.Context, cli *client.Client, t *task.Task) error {
		sandbox.DeclareRestart(t, name)
		if _, err := sandbox.Stop(ctx, cli, t, name); err != nil {
			return err
		}
		return e.bringUp(ctx, t, name, nil)
	})
}

// Remove removes a sandbox's container and network. Its volumes stay, and a start brings it back on them, as it was.
func (e *Engine) Remove(name string) task.ID {
	return e.onDaemon(task.Remove, name, "Removing "+name, func(ctx context.Context, cli *client.Client, t *task.Task) error {
		if err := sandbox.Remove(ctx, cli, t, name); err != nil {
			return err
		}
		t.Say("removed; its volumes stay")
		return nil
	})
}

// onDaemon is command for what needs a connected daemon.
func (e *Engine) onDaemon(kind task.Kind, name, title string, do func(ctx context.Context, cli *client.Client, t *task.Task) error) task.ID {
	return e.command(kind, name, title, func(ctx context.Context, t *task.Task) error {
		cli, err := e.daemon(ctx, title)
		if err != nil {
			return err
		}
		if err := e.unhindered(ctx, cli, t, name); err != nil {
			return err
		}
		return do(ctx, cli, t)
	})
}

// unhindered sees to it that a sandbox can be worked on: that no other Berth holds it, and that no change of it that could not
// be ended before stands half done.
func (e *Engine) unhindered(ctx context.Context, cli *client.Client, t *task.Task, name string) error {
	if err := volume.NotHeld(ctx, cli, name); err != nil {
		return err
	}
	if err := e.endMove(ctx, cli, name); err != nil {
		return err
	}
	if !sandbox.Unfinished(ctx, cli, name) {
		return nil
	}
	t.Log("A change of it was not ended; that comes first.")
	current, err := sandbox.Find(ctx, cli, name)
	if err != nil {
		return err
	}
	if current != nil && current.Inspect.State.Running {
		ctx, release, err := volume.Hold(ctx, cli, current.Inspect.Image, name)
		if err != nil {
			return err
		}
		defer release()
		return e.finish(ctx, cli, t, name, current.Inspect.Image)
	}
	note, err := sandbox.TakeBackAlone(ctx, cli, name)
	if note != "" {
		e.notice(name, note)
	}
	return err
}

// endMove ends a move to another port that was not: until then the sandbox may look as if it had no container.
func (e *Engine) endMove(ctx context.Context, cli *client.Client, name string) error {
	note, err := sandbox.EndMove(ctx, cli, name)
	if note != "" {
		e.notice(name, note)
	}
	return err
}
