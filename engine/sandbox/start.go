package sandbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/task"
	"berth/engine/volume"
)

// clashes is how many taken ports in a row are answered by another one.
const clashes = 20

// Started is a sandbox whose container runs.
type Started struct {
	Found
	Notes []string // what a person should know: another port, paths that are on no volume
}

// Start starts a sandbox's container; one that runs is left alone. When something else holds its port, the container is
// made anew with the next free one, which the spec remembers; its volumes stay, and a note says so.
func Start(ctx context.Context, cli *client.Client, t *task.Task, name string, knows agent.Agent) (*Started, error) {
	step := startStep(t, name)
	step.Begin("starting")
	found, err := Find(ctx, cli, name)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, gone("start", name)
	}
	started := &Started{}
	first := found.Spec.Port
	for n := 0; ; n++ {
		err := run(ctx, cli, found, knows)
		if err == nil {
			break
		}
		if n == clashes || !errors.Is(err, fault.PortInUse) {
			return nil, err
		}
		step.Begin(fmt.Sprintf("port %d is taken", found.Spec.Port))
		if found, err = movePort(ctx, cli, found, knows); err != nil {
			return nil, err
		}
	}
	if found.Spec.Port != first {
		started.Notes = append(started.Notes, fmt.Sprintf("Port %d is taken by something else, so %s is now at port %d.", first, name, found.Spec.Port))
	}
	if found, err = Find(ctx, cli, name); err != nil {
		return nil, err
	}
	if found == nil {
		return nil, gone("start", name)
	}
	for _, p := range Unkept(found.Inspect.Mounts, knows) {
		started.Notes = append(started.Notes, fmt.Sprintf("%s is on no volume: what opencode writes there is lost when %s is removed or updated.", p, name))
	}
	started.Found = *found
	step.Done("running")
	return started, nil
}

func gone(verb, name string) error {
	return &fault.Error{
		Kind: fault.NotFound, Op: verb + " sandbox " + name, Why: "its container is gone",
		Remedy: "Start it: Berth makes it anew on the same volumes.", Action: fault.Retry,
	}
}

// run brings the container into the running state, from whichever it is in.
func run(ctx context.Context, cli *client.Client, found *Found, knows agent.Agent) error {
	op := "start sandbox " + found.Spec.Name
	state := found.Inspect.State
	switch {
	case state.Paused:
		if err := cli.ContainerUnpause(ctx, found.ID); err != nil {
			return fault.From(op, err)
		}
		return nil
	case state.Running:
		return nil
	case state.Status == "created":
		// Berth may have been killed between making it and preparing its mount points.
		if _, err := volume.Prepare(ctx, cli, found.ID, mountPoints(found.Spec, knows), knows.UID, knows.GID); err != nil {
			return err
		}
	}
	if err := volume.Free(ctx, cli, found.Spec.Name); err != nil {
		return err
	}
	if err := ensureNetwork(ctx, cli, found.Spec.Name); err != nil {
		return err
	}
	if err := cli.ContainerStart(ctx, found.ID, container.StartOptions{}); err != nil {
		return fault.From(op, err)
	}
	return nil
}

// movePort makes the container anew with the next free port. The old one is set aside until the new one is there, so that
// a crash in between leaves something Recover can finish.
func movePort(ctx context.Context, cli *client.Client, found *Found, knows agent.Agent) (*Found, error) {
	spec, password := found.Spec, found.Password(knows)
	port, err := freePort(ctx, cli, spec.Port+1, spec.Name, knows)
	if err != nil {
		return nil, err
	}
	spec.Port = port
	op := "give sandbox " + spec.Name + " another port"
	err = cli.ContainerRename(ctx, found.ID, setAsideName(spec.Name))
	if errdefs.IsConflict(err) {
		// A change is under way and this is its new container, which never ran: the old one that is set aside is what to keep.
		err = cli.ContainerRemove(ctx, found.ID, container.RemoveOptions{Force: true})
	}
	if err != nil {
		return nil, fault.From(op, err)
	}
	id, err := place(ctx, cli, spec, knows, password)
	after := context.WithoutCancel(ctx) // either way nothing half done stays
	if err != nil {
		_ = cli.ContainerRename(after, found.ID, ContainerName(spec.Name))
		return nil, err
	}
	if err := cli.ContainerRemove(after, found.ID, container.RemoveOptions{Force: true}); err != nil && !errdefs.IsNotFound(err) {
		return nil, fault.From(op, err)
	}
	inspect, err := cli.ContainerInspect(ctx, id)
	if err != nil {
		return nil, fault.From(op, err)
	}
	return &Found{ID: id, Spec: spec, Inspect: inspect}, nil
}
