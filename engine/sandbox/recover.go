package sandbox

import (
	"context"
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
}

// Recover finishes or takes back what a Berth that was killed left half done, from names, labels and states alone. Of a
// change whose new container never ran, or runs no longer, the old container comes back, as it was.
func Recover(ctx context.Context, cli *client.Client) (Recovery, error) {
	var did Recovery
	const op = "finish what was left half done"
	list, err := cli.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return did, fault.From(op, err)
	}
	byName := map[string]container.Summary{}
	for _, c := range list {
		for _, n := range c.Names {
			byName[strings.TrimPrefix(n, "/")] = c
		}
	}
	for _, c := range list {
		name := c.Labels[LabelName]
		aside := len(c.Names) > 0 && name != "" && c.Names[0] == "/"+setAsideName(name)
		switch {
		case c.Labels[volume.LabelHelper] != "" && c.State != "running":
			if err := cli.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true}); err != nil && !errdefs.IsNotFound(err) {
				return did, fault.From(op, err)
			}
		case !aside:
		case byName[ContainerName(name)].State == "running":
			did.Pending = append(did.Pending, name)
		default:
			if err := TakeBack(ctx, cli, name); err != nil {
				return did, err
			}
			did.Notes = append(did.Notes, name+": a change was interrupted, so the container from before it is back.")
		}
	}
	return did, nil
}
