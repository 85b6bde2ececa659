package sandbox

import (
	"context"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"berth/engine/fault"
	"berth/engine/volume"
)

// Recovery is what Recover did and what it leaves to others.
type Recovery struct {
	Notes   []string // what it did, as sentences
	Pending []string // sandboxes whose new container runs beside the old one: Settle or TakeBack them
	Leases  []string // ids of the containers by which other Berths hold sandboxes; once one has ended, Recover may find more to do
}

// Recover finishes or takes back what a Berth that was killed left half done, from names, labels and states alone. Of a
// change whose new container never ran, or runs no longer, the old container comes back, as it was, with its data. What busy
// says is being worked on is left alone, and what another Berth of the same engine holds.
func Recover(ctx context.Context, cli *client.Client, here func(sandbox string) bool) (Recovery, error) {
	var did Recovery
	list, err := cli.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return did, fault.From("finish what was left half done", err)
	}
	leased := volume.Leased(list)
	busy := func(name string) bool {
		if here(name) {
			return true
		}
		id, held := leased[name]
		if held && !slices.Contains(did.Leases, id) {
			did.Leases = append(did.Leases, id)
		}
		return held
	}
	helpers := slices.DeleteFunc(slices.Clone(list), func(c container.Summary) bool { return busy(c.Labels[volume.LabelHelper]) })
	unpaused, err := volume.Sweep(ctx, cli, helpers)
	for _, name := range unpaused {
		did.Notes = append(did.Notes, strings.TrimPrefix(name, namePrefix)+": a backup was interrupted while it was paused, so it goes on.")
	}
	if err != nil {
		return did, err
	}
	byName := map[string]container.Summary{}
	for _, c := range list {
		for _, n := range c.Names {
			byName[strings.TrimPrefix(n, "/")] = c
		}
	}
	if err := recoverMoves(ctx, cli, byName, busy); err != nil {
		return did, err
	}
	for _, c := range list {
		name := c.Labels[LabelName]
		aside := len(c.Names) > 0 && name != "" && c.Names[0] == "/"+setAsideName(name)
		switch {
		case !aside, busy(name):
		case byName[ContainerName(name)].State == "running":
			did.Pending = append(did.Pending, name)
		default:
			if err := TakeBack(ctx, cli, name); err != nil {
				return did, err
			}
			did.Notes = append(did.Notes, name+": a change was interrupted, so the container from before it is back.")
		}
	}
	deleted, err := recoverDeletes(ctx, cli, busy)
	for _, name := range deleted {
		did.Notes = append(did.Notes, name+": deleting its data was interrupted, so it was carried through.")
	}
	if err != nil {
		return did, err
	}
	back, err := recoverFills(ctx, cli, busy)
	for _, name := range back {
		did.Notes = append(did.Notes, name+": making it was interrupted, so what was half made is gone; nothing else was touched.")
	}
	if err != nil {
		return did, err
	}
	return did, sweepPoints(ctx, cli, func(name string) bool { return busy(name) || slices.Contains(did.Pending, name) })
}

// recoverMoves finishes the moves to another port that Berth died in: one that stands alone takes its place, one whose
// predecessor is still there goes.
func recoverMoves(ctx context.Context, cli *client.Client, byName map[string]container.Summary, busy func(string) bool) error {
	for at, c := range byName {
		name := c.Labels[LabelName]
		if name == "" || at != nextName(name) || busy(name) {
			continue
		}
		var err error
		if _, there := byName[ContainerName(name)]; there {
			err = cli.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true})
		} else if err = cli.ContainerRename(ctx, c.ID, ContainerName(name)); err == nil {
			byName[ContainerName(name)] = c
		}
		if err != nil && !errdefs.IsNotFound(err) {
			return fault.From("give sandbox "+name+" another port", err)
		}
	}
	return nil
}
