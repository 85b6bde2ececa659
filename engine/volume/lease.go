package volume

import (
	"context"
	"errors"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"berth/engine/fault"
)

// LabelLease marks the container that stands for somebody being at work on a sandbox, with the sandbox's name.
const LabelLease = "app.berth.lease"

// leaseName has a dot, which no sandbox's name has.
func leaseName(sandbox string) string { return "berth-" + sandbox + ".lease" }

// leaseTries is how often a lease is made anew that somebody removed before it was started.
const leaseTries = 5

// Lease keeps every other Berth of the same engine, and its recovery, from a sandbox until it is released. It is a container
// that runs for as long as this program's connection to it is open: the death of the program ends it, whatever the way, and
// only one can have its name.
func Lease(ctx context.Context, cli *client.Client, image, sandbox string) (release func(), err error) {
	for range leaseTries {
		if release, err = lease(ctx, cli, image, sandbox); !errors.Is(err, errSwept) {
			return release, err
		}
	}
	return nil, isHeld(sandbox)
}

// errSwept says that a lease was removed between its making and its start: one that does not run looks as if its program had died.
var errSwept = errors.New("the lease was removed before it was started")

func lease(ctx context.Context, cli *client.Client, image, sandbox string) (release func(), err error) {
	op := "work on " + sandbox
	h := helper{For: sandbox, Image: image, Command: []string{"cat"}, Name: leaseName(sandbox), Labels: map[string]string{LabelLease: sandbox}, Stdin: neverEnding{}}
	id, err := h.create(ctx, cli)
	if fault.KindOf(err) == fault.NameTaken {
		held, lookErr := cli.ContainerInspect(ctx, leaseName(sandbox))
		switch {
		case lookErr == nil && held.State.Running:
			return nil, isHeld(sandbox)
		case lookErr != nil && !errdefs.IsNotFound(lookErr):
			return nil, fault.From(op, lookErr)
		}
		// It ended with the program that held it.
		if lookErr == nil {
			if err := removeEnded(ctx, cli, held.ID); err != nil { // unless it was only just made, and runs by now
				return nil, fault.From(op, err)
			}
		}
		if id, err = h.create(ctx, cli); fault.KindOf(err) == fault.NameTaken {
			return nil, errSwept // somebody else was faster
		}
	}
	if err != nil {
		return nil, fault.From(op, err)
	}
	after := context.WithoutCancel(ctx)
	remove := func() { _ = RemoveContainer(after, cli, id) } // what stays has ended, and is swept
	stream, err := cli.ContainerAttach(after, id, container.AttachOptions{Stream: true, Stdin: true, Stdout: true})
	if err == nil {
		if err = cli.ContainerStart(ctx, id, container.StartOptions{}); err == nil {
			return func() {
				stream.Close()
				remove()
			}, nil
		}
		stream.Close()
		err = fmt.Errorf("hold it: %w", err)
	}
	if isGone(ctx, cli, id) {
		return nil, errSwept
	}
	remove()
	return nil, fault.From(op, err)
}

// isGone reports whether a container is not there any more, or is just being removed.
func isGone(ctx context.Context, cli *client.Client, id string) bool {
	got, err := cli.ContainerInspect(ctx, id)
	return errdefs.IsNotFound(err) || err == nil && Goes(got)
}

// Hold is Lease for a task whose further steps are told, by the context that it gives, that the sandbox is held. Where a caller holds it
// already, nothing is asked, and release does nothing.
func Hold(ctx context.Context, cli *client.Client, image, sandbox string) (held context.Context, release func(), err error) {
	if Holds(ctx, sandbox) {
		return ctx, func() {}, nil
	}
	if release, err = Lease(ctx, cli, image, sandbox); err != nil {
		return ctx, nil, err
	}
	return context.WithValue(ctx, heldKey{sandbox}, true), release, nil
}

type heldKey struct{ sandbox string }

// Holds reports whether a caller holds the lease of a sandbox, by Hold.
func Holds(ctx context.Context, sandbox string) bool { return ctx.Value(heldKey{sandbox}) != nil }

// ErrHeld is wrapped by what says that somebody else is at work on a sandbox, and by no other error of the kind fault.NameTaken.
var ErrHeld = errors.New("it is held")

func isHeld(sandbox string) error {
	return &fault.Error{
		Kind: fault.NameTaken, Op: "work on " + sandbox, Why: "a task of this Berth, or another Berth, is at work on it", Action: fault.Retry,
		Remedy: "Wait until it is done, then try again.", Err: ErrHeld,
	}
}

// NotHeld refuses a sandbox that another Berth holds.
func NotHeld(ctx context.Context, cli *client.Client, sandbox string) error {
	held, err := cli.ContainerInspect(ctx, leaseName(sandbox))
	switch {
	case errdefs.IsNotFound(err):
		return nil
	case err != nil:
		return fault.From("work on "+sandbox, err)
	case held.State.Running:
		return isHeld(sandbox)
	}
	return nil
}

// neverEnding stands for a standard input that stays open; it is never read.
type neverEnding struct{}

func (neverEnding) Read([]byte) (int, error) { select {} }

// Leased are the ids of the running leases by sandbox.
func Leased(all []container.Summary) map[string]string {
	leased := map[string]string{}
	for _, c := range all {
		if name := c.Labels[LabelLease]; name != "" && c.State == "running" {
			leased[name] = c.ID
		}
	}
	return leased
}
