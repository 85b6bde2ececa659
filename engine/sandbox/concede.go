package sandbox

import (
	"context"
	"path"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"

	"berth/engine/agent"
)

// concessions are what an engine may refuse of a container, by what it then says, and what is done instead. None of them
// opens the sandbox wider.
var concessions = []struct {
	says    string
	instead func(ctx context.Context, cli *client.Client, config *container.Config, host *container.HostConfig, knows agent.Agent)
}{
	// Podman without the program catatonit, which its package only recommends. An image of Berth has an init of its own.
	{"container-init binary not found", func(ctx context.Context, cli *client.Client, config *container.Config, host *container.HostConfig, knows agent.Agent) {
		host.Init = nil
		image, err := cli.ImageInspect(ctx, config.Image)
		if err == nil && image.Config != nil && len(image.Config.Entrypoint) > 1 && path.Base(image.Config.Entrypoint[0]) == "tini" {
			config.Entrypoint = append([]string{"tini", "-s", "--"}, knows.Entrypoint...)
		}
	}},
	// Podman knows no owner of a tmpfs by number, but a mark that gives it to the container's user.
	{"unknown mount option", func(_ context.Context, _ *client.Client, _ *container.Config, host *container.HostConfig, knows agent.Agent) {
		for dir, options := range host.Tmpfs {
			host.Tmpfs[dir] = tmpfsOfUser(options, knows)
		}
	}},
}

// createContainer creates a container, with another try for each thing the engine refuses and can be done without.
func createContainer(ctx context.Context, cli *client.Client, config *container.Config, host *container.HostConfig, knows agent.Agent, name string) (string, error) {
	for tried := 0; ; tried++ {
		made, err := cli.ContainerCreate(ctx, config, host, &network.NetworkingConfig{}, nil, name)
		if err == nil {
			return made.ID, nil
		}
		known := false
		for _, c := range concessions {
			if tried < len(concessions) && strings.Contains(err.Error(), c.says) {
				c.instead(ctx, cli, config, host, knows)
				known = true
			}
		}
		if !known {
			return "", err
		}
	}
}

// tmpfsOfUser are the options of a tmpfs with the mark in the place of the owner.
func tmpfsOfUser(options string, knows agent.Agent) string {
	return strings.Replace(options, tmpfsOwner(knows), "U", 1)
}
