package sandbox

import (
	"context"
	"maps"
	"slices"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
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

// movesTold are the sentences on how those ended: the container that was made for the other port is gone, or has its place. Of
// one that is still on the way the failure is told.
func movesTold(ctx context.Context, cli *client.Client, moves map[string]string) (notes []string) {
	for _, name := range slices.Sorted(maps.Keys(moves)) {
		got, err := cli.ContainerInspect(ctx, moves[name])
		switch {
		case errdefs.IsNotFound(err):
			notes = append(notes, name+": giving it another port was interrupted, so it is as it was.")
		case err == nil && got.Name != "/"+nextName(name):
			notes = append(notes, name+": giving it another port was interrupted, so it was carried through.")
		}
	}
	return notes
}
