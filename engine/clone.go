package engine

import (
	"context"
	"fmt"
	"reflect"
	"sync"

	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
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
		if err := e.unhindered(ctx, cli, t, name); err != nil {
			return err
		}
		found, err := sandbox.Find(ctx, cli, name)
		if err != nil {
			return err
		}
		letGo := func() {}
		defer func() { letGo() }()
		if found != nil { // nothing may happen to it meanwhile
			release, err := volume.Lease(ctx, cli, found.Inspect.Image, name)
			if err != nil {
				return err
			}
			letGo = sync.OnceFunc(release)
			if err := sandbox.Whole(ctx, cli, name); err != nil {
				return err
			}
			if found, err = e.present(ctx, cli, name); err != nil {
				return err
			}
		}
		was, pause, err := e.toClone(ctx, cli, name, found)
		if err != nil {
			return err
		}
		if was.note != "" {
			t.Log(was.note)
		}
		sandbox.DeclareCreate(t, to)
		img, err := e.imageAsItWas(ctx, t, was, "clone "+name)
		if err != nil {
			return err
		}
		if found == nil { // its volumes could be started in the middle of it
			release, err := volume.Lease(ctx, cli, img.ID, name)
			if err != nil {
				return err
			}
			letGo = sync.OnceFunc(release)
			if err := e.stillSo(ctx, cli, name, was); err != nil {
				return err
			}
		}
		spec := was.spec
		spec.Name, spec.Port = to, 0
		return e.fillNew(ctx, cli, t, spec, img, func(ctx context.Context, with *volume.Copier) error {
			defer letGo() // the copy needs nothing more of it, and its start may take minutes
			return copyRoles(ctx, cli, t, with, name, to, sandbox.Roles(spec), pause)
		})
	})
}

// toClone is what a clone of a sandbox is made of, and the container to pause for it; found is nil for one without a container.
func (e *Engine) toClone(ctx context.Context, cli *client.Client, name string, found *sandbox.Found) (was remembered, pause string, err error) {
	if found == nil {
		was, err = e.asItWas(ctx, cli, name)
		return was, "", err
	}
	if found.Inspect.State.Running && !found.Inspect.State.Paused {
		pause = found.ID
	}
	was, err = e.asItIs(ctx, cli, found)
	return was, pause, err
}

// stillSo looks that a sandbox without a container has none, and is what it was: getting its image takes its time.
func (e *Engine) stillSo(ctx context.Context, cli *client.Client, name string, was remembered) error {
	if err := sandbox.Whole(ctx, cli, name); err != nil {
		return err
	}
	found, err := sandbox.Find(ctx, cli, name)
	if err != nil {
		return err
	}
	now, err := e.asItWas(ctx, cli, name)
	if err != nil {
		return err
	}
	if found == nil && now.ran == was.ran && now.version == was.version && reflect.DeepEqual(now.spec, was.spec) {
		return nil
	}
	return &fault.Error{
		Kind: fault.VolumeInUse, Op: "clone " + name, Why: "it was started while its image was got", Remedy: "Clone it again.", Action: fault.Retry,
	}
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
