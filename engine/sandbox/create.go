package sandbox

import (
	"cmp"
	"context"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/task"
	"berth/engine/volume"
)

// CreateOptions say what to create.
type CreateOptions struct {
	Spec      Spec
	Agent     agent.Agent
	Password  string // opencode's; needed unless the spec is OpenAuth
	FirstPort int    // where to look for a free port when the spec has none; 0 means opencode's own
	Filled    bool   // its volumes were filled for it: see BeginFill
	ImageID   string // the image to make it of when that is not, or no longer, the one the spec's reference names

	was string // see StandIn
}

// Create makes a sandbox's volumes, network and container, without starting it. What exists is used as it is; what is
// half made because something failed is taken back, but never a volume that was there before.
func Create(ctx context.Context, cli *client.Client, t *task.Task, opts CreateOptions) (*Found, error) {
	spec := opts.Spec
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	if !spec.OpenAuth && opts.Password == "" {
		return nil, fault.New(fault.BadInput, "create sandbox "+spec.Name, "it has no password")
	}
	if err := notDeleting(ctx, cli, spec.Name); err != nil {
		return nil, err
	}
	if err := Whole(ctx, cli, spec.Name); err != nil {
		return nil, err
	}
	if err := volume.Free(ctx, cli, spec.Name, ownName(spec.Name)); err != nil {
		return nil, err
	}
	if opts.Filled { // none is made: an empty one would be taken for what was filled
		for _, role := range roles(spec) {
			volume.Step(t, volume.Name(role, spec.Name)).Present("already here")
		}
		return createOnVolumes(ctx, cli, t, opts)
	}
	fresh, err := nothingYet(ctx, cli, spec.Name)
	if err != nil {
		return nil, err
	}
	if fresh {
		return createFresh(ctx, cli, t, opts)
	}
	if err := volume.Ensure(ctx, cli, t, spec.Name, roles(spec)); err != nil {
		return nil, err
	}
	return createOnVolumes(ctx, cli, t, opts)
}

// createOnVolumes makes the network and the container of a sandbox whose volumes are there.
func createOnVolumes(ctx context.Context, cli *client.Client, t *task.Task, opts CreateOptions) (*Found, error) {
	spec, knows := opts.Spec, opts.Agent
	if spec.Port == 0 {
		port, err := freePort(ctx, cli, max(opts.FirstPort, 0), spec.Name, knows)
		if err != nil {
			return nil, err
		}
		spec.Port = port
	}
	step := containerStep(t, spec.Name)
	step.Begin("creating")
	if err := ensureNetwork(ctx, cli, spec.Name); err != nil {
		return nil, err
	}
	if opts.Filled {
		if err := StillFilling(ctx, cli, spec.Name, roles(spec)); err != nil {
			return nil, err
		}
	}
	id, err := place(ctx, cli, placing{spec: spec, knows: knows, password: opts.Password, image: opts.ImageID, change: change{was: opts.was}})
	if err != nil {
		return nil, err
	}
	if opts.Filled { // once more, for it may have mounted what the engine made for it; the mark may be gone, for here is the container
		if err := stillFilled(ctx, cli, spec.Name, roles(spec)); err != nil {
			_ = volume.RemoveContainer(context.WithoutCancel(ctx), cli, id)
			return nil, err
		}
	}
	found, err := Find(ctx, cli, spec.Name)
	if err == nil && (found == nil || found.ID != id) {
		err = fault.New(fault.NotFound, "create sandbox "+spec.Name, "its container was removed from outside")
	}
	if err != nil {
		return nil, err
	}
	step.Done("created")
	if opts.was == "" {
		// One that stays says nothing any more, and the next connect takes it away.
		if err := ForgetSpec(context.WithoutCancel(ctx), cli, spec.Name); err != nil {
			t.Log(err.Error())
		}
	}
	return found, nil
}

// placing is a container to be created.
type placing struct {
	spec     Spec
	knows    agent.Agent
	password string
	image    string // id of the image; "" for the spec's reference
	change   change // that it is made for
	as       string // name of the container; "" for the sandbox's own
	takes    string // name of the container whose place it is to take; "" when it has its place already
}

// change is what the labels of a change's new container say of it.
type change struct {
	undo string // id of the point that undoes it; "" for none
	was  string // what the sandbox did before: wasRunning, wasStopped, or "" outside of a change; wasNothing: see StandIn
}

const (
	labelWas   = "app.berth.was"
	labelTakes = "app.berth.takes" // on one that moves to another port: the name it is to have in the end
	wasRunning = "running"
	wasStopped = "stopped"
)

// changeOf reads a container's labels.
func changeOf(labels map[string]string) change {
	return change{undo: labels[LabelPoint], was: labels[labelWas]}
}

// place creates the container and makes its mount points writable; on failure nothing of it stays.
func place(ctx context.Context, cli *client.Client, p placing) (string, error) {
	spec, knows := p.spec, p.knows
	op := "create sandbox " + spec.Name
	for _, m := range spec.Mounts {
		if absolute(m.Source) {
			continue
		}
		if err := volume.NotAnothers(ctx, cli, spec.Name, m.Source); err != nil {
			return "", err
		}
	}
	config, host, err := containerConfig(spec, knows, p.password)
	if err != nil {
		return "", fault.From(op, err)
	}
	if p.image != "" && !names(ctx, cli, spec.Image, p.image) {
		config.Image = p.image
	}
	if p.change.undo != "" {
		config.Labels[LabelPoint] = p.change.undo
	}
	if p.change.was != "" {
		config.Labels[labelWas] = p.change.was
	}
	if p.takes != "" {
		config.Labels[labelTakes] = p.takes
	}
	id, err := createContainer(ctx, cli, config, host, knows, cmp.Or(p.as, ContainerName(spec.Name)))
	switch {
	case fault.KindOf(err) == fault.NameTaken:
		return "", nameTaken(spec.Name)
	case errdefs.IsNotFound(err):
		e := fault.From(op, err)
		return "", &fault.Error{
			Kind: fault.ImageNotFound, Op: op, Why: e.Cause(), Err: err, Action: fault.Retry,
			Remedy: "Start it again: Berth gets the image first.",
		}
	case err != nil:
		return "", fault.From(op, err)
	}
	if _, err := volume.Prepare(ctx, cli, id, mountPoints(spec, knows), knows.UID, knows.GID); err != nil {
		// Also after a cancel no half-made container may stay.
		_ = cli.ContainerRemove(context.WithoutCancel(ctx), id, container.RemoveOptions{Force: true})
		return "", err
	}
	return id, nil
}

// names reports whether a reference names the image of that id just now.
func names(ctx context.Context, cli *client.Client, reference, id string) bool {
	got, err := cli.ImageInspect(ctx, reference)
	return err == nil && strings.TrimPrefix(got.ID, "sha256:") == strings.TrimPrefix(id, "sha256:")
}

// ensureNetwork makes the sandbox's own bridge, so that sandboxes do not reach each other.
func ensureNetwork(ctx context.Context, cli *client.Client, name string) error {
	op := "make the network " + ContainerName(name)
	found, err := cli.NetworkInspect(ctx, ContainerName(name), network.InspectOptions{})
	switch {
	case err == nil && found.Labels[LabelName] != name:
		return &fault.Error{
			Kind: fault.NameTaken, Op: op, Why: "a network that is not Berth's has that name",
			Remedy: "Remove that network, or choose another name for the sandbox.",
		}
	case err == nil:
		return nil
	case !errdefs.IsNotFound(err):
		return fault.From(op, err)
	}
	_, err = cli.NetworkCreate(ctx, ContainerName(name), network.CreateOptions{
		Driver: "bridge", Labels: map[string]string{LabelName: name, LabelSchema: Schema},
	})
	if err != nil && !errdefs.IsConflict(err) {
		return fault.From(op, err)
	}
	return nil
}
