package sandbox

import (
	"context"
	"fmt"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
)

// portTries is how many ports after the first are looked at.
const portTries = 1000

// freePort picks the first port from first on that no container of the engine publishes and no other sandbox remembers.
// That something else on the engine's computer holds it shows at start only: a port tried from here proves nothing about
// a far engine.
func freePort(ctx context.Context, cli *client.Client, first int, name string, knows agent.Agent) (int, error) {
	if first == 0 {
		first = knows.Port
	}
	taken, err := takenPorts(ctx, cli, name)
	if err != nil {
		return 0, err
	}
	for port := first; port < first+portTries && port <= 65535; port++ {
		if !taken[port] {
			return port, nil
		}
	}
	return 0, &fault.Error{
		Kind: fault.PortInUse, Op: "find a free port", Why: fmt.Sprintf("%d to %d are all taken", first, min(first+portTries-1, 65535)),
		Remedy: "Set another first port.", Action: fault.ChoosePort,
	}
}

// takenPorts are the ports published by any container but the sandbox's own, and those of sandboxes that do not run.
func takenPorts(ctx context.Context, cli *client.Client, name string) (map[int]bool, error) {
	list, err := cli.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return nil, fault.From("see which ports are taken", err)
	}
	taken := map[int]bool{}
	for _, c := range list {
		if c.Labels[LabelName] == name {
			continue
		}
		for _, p := range c.Ports {
			taken[int(p.PublicPort)] = true
		}
		if c.Labels[LabelName] != "" {
			if spec, err := SpecOf(c.Labels); err == nil {
				taken[spec.Port] = true
			}
		}
	}
	return taken, nil
}
