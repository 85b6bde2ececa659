package sandbox

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"berth/engine/fault"
	"berth/engine/volume"
)

// moving are the containers that a death left on the way to another port, by the names of their sandboxes.
func moving(list []container.Summary, busy func(string) bool) map[string]string {
	all := map[string]string{}
	for _, c := range list {
		name := c.Labels[LabelName]
		if name != "" && slices.Contains(c.Names, "/"+nextName(name)) && !busy(name) {
			all[name] = c.ID
		}
	}
	return all
}

// movesTold are the sentences on how those ended.
func movesTold(ctx context.Context, cli *client.Client, moves map[string]string) (notes []string) {
	for _, name := range slices.Sorted(maps.Keys(moves)) {
		if note := moveTold(ctx, cli, name, moves[name]); note != "" {
			notes = append(notes, note)
		}
	}
	return notes
}

// moveTold is the sentence on how a move ended: the container that was made for the other port is gone, or has its place. Of one that is
// still on the way the failure is told, and this is "".
func moveTold(ctx context.Context, cli *client.Client, name, id string) string {
	got, err := cli.ContainerInspect(ctx, id)
	switch {
	case errdefs.IsNotFound(err):
		return name + ": giving it another port was interrupted, so it is as it was."
	case err == nil && got.Name != "/"+nextName(name):
		return name + ": giving it another port was interrupted, so it was carried through."
	}
	return ""
}

// recoverMoves finishes the moves to another port that Berth died in: one that stands alone takes its place, in the list too;
// one whose predecessor is still there goes.
func recoverMoves(ctx context.Context, cli *client.Client, byName map[string]*container.Summary, busy func(string) bool) (failed error) {
	for at, c := range maps.Clone(byName) {
		name := c.Labels[LabelName]
		if name == "" || at != nextName(name) || busy(name) {
			continue
		}
		place := placeOf(name, c.Labels)
		done, err := takePlace(ctx, cli, name, c.ID, place)
		if done {
			c.Names = []string{"/" + place}
			byName[place] = c
		}
		failed = errors.Join(failed, moveFailed(name, err))
	}
	return failed
}

// takePlace ends the move of a sandbox's container to a place, and reports whether it has it. The engine is asked anew who is there: another Berth
// may have ended the move since the list was made, and a list that is made during a renaming has the container with both names.
func takePlace(ctx context.Context, cli *client.Client, name, id, place string) (done bool, err error) {
	there, err := cli.ContainerInspect(ctx, place)
	switch {
	case err == nil && there.ID == id:
		return true, nil
	case err == nil && there.Config.Labels[LabelName] != name: // it may be all that is left of the sandbox
		return false, nameTaken(name)
	case err == nil && !volume.Goes(there):
		return false, volume.RemoveContainer(ctx, cli, id)
	case err == nil: // the move had come so far
		err = volume.RemoveContainer(ctx, cli, there.ID)
	case errdefs.IsNotFound(err):
		err = nil
	}
	if err == nil {
		err = cli.ContainerRename(ctx, id, place)
	}
	return err == nil, err
}

// placeOf is the name that a container is to have which moves to another port.
func placeOf(name string, labels map[string]string) string {
	if takes := labels[labelTakes]; ownName(name)(takes) {
		return takes
	}
	return ContainerName(name)
}

// moveFailed is why a move could not be ended; nil when another Berth has done it.
func moveFailed(name string, err error) error {
	if err == nil || errdefs.IsNotFound(err) {
		return nil
	}
	return fault.From("give sandbox "+name+" another port", err)
}

// next gives a sandbox's container that is on the way to another port; nil when there is none.
func next(ctx context.Context, cli *client.Client, name string) (*container.InspectResponse, error) {
	got, err := cli.ContainerInspect(ctx, nextName(name))
	switch {
	case errdefs.IsNotFound(err) || err == nil && got.Config.Labels[LabelName] != name:
		return nil, nil
	case err != nil:
		return nil, moveFailed(name, err)
	}
	return &got, nil
}

// EndMove ends a sandbox's move to another port that nobody is at, and says how; "" when there is none. What moves may be all that
// there is of the sandbox. It fails with volume.ErrHeld while another Berth is at work on it.
func EndMove(ctx context.Context, cli *client.Client, name string) (note string, err error) {
	moves, err := next(ctx, cli, name)
	if err != nil || moves == nil {
		return "", err
	}
	ctx, release, err := volume.Hold(ctx, cli, moves.Image, name)
	if err != nil {
		return "", err
	}
	defer release()
	if err := endMove(ctx, cli, name); err != nil {
		return "", err
	}
	return moveTold(ctx, cli, name, moves.ID), nil
}

// endMove is EndMove for a sandbox that is held.
func endMove(ctx context.Context, cli *client.Client, name string) error {
	moves, err := next(ctx, cli, name)
	if err != nil || moves == nil {
		return err
	}
	_, err = takePlace(ctx, cli, name, moves.ID, placeOf(name, moves.Config.Labels))
	return moveFailed(name, err)
}

// Whole refuses a sandbox that is between two states: a change of it was not ended, or its move to another port. Whoever holds it, and
// changes nothing of it before, finds it as it was or as it is to be.
func Whole(ctx context.Context, cli *client.Client, name string) error {
	old, err := setAside(ctx, cli, name)
	if err != nil {
		return err
	}
	moves, err := next(ctx, cli, name)
	if err == nil && (old != nil || moves != nil) {
		err = &fault.Error{
			Kind: fault.NameTaken, Op: "use sandbox " + name, Why: "a change of it was interrupted and is not ended yet", Action: fault.Retry,
			Remedy: "Start it: what was interrupted is ended first.",
		}
	}
	return err
}
