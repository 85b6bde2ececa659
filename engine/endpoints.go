package engine

import (
	"context"
	"errors"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/secret"
	"berth/engine/task"
	"berth/engine/volume"
)

// addedEndpoints are the endpoints that the settings add to those found.
func (e *Engine) addedEndpoints() []connect.Address {
	var all []connect.Address
	for _, ep := range e.Settings().Endpoints {
		all = append(all, connect.Address(ep))
	}
	return all
}

// HasTask reports whether a task is this engine's.
func (e *Engine) HasTask(id task.ID) bool { return e.tasks.Find(id) != nil }

// secretMark ends the names of an engine's secrets. Each has its own, so that two with a sandbox of one name do not share what is
// kept; what is at Docker's default place has none.
func (e *Engine) secretMark(ctx context.Context) string {
	if ep := e.endpoint(ctx); ep.Host != "" && !ep.IsDefault(e.opts.Where) {
		return "@" + ep.Key()
	}
	return ""
}

// keptPassword is the password that is kept for a sandbox, or else the one its container has. An earlier Berth kept it under the
// plain name whatever the engine: that one is taken for a sandbox of an engine on this computer whose volumes are there, unless they were
// filled just now: that one is not new. It is ErrNotFound when there is none.
func (e *Engine) keptPassword(ctx context.Context, cli *client.Client, name string, filled bool) (string, error) {
	kept, err := e.opts.Secrets.Get(ctx, e.passwordName(ctx, name))
	if err == nil || !errors.Is(err, secret.ErrNotFound) {
		return kept, err
	}
	containers, listErr := cli.ContainerList(ctx, container.ListOptions{
		All: true, Filters: filters.NewArgs(filters.Arg("label", sandbox.LabelName+"="+name)), // also one that an edit has set aside
	})
	if listErr != nil {
		return "", fault.From("look for the password of "+name, listErr)
	}
	for _, c := range containers {
		got, inspectErr := cli.ContainerInspect(ctx, c.ID)
		knows, agentErr := agent.For(c.Labels[sandbox.LabelVersion])
		if inspectErr != nil || agentErr != nil || got.Config == nil {
			continue
		}
		if password := sandbox.PasswordIn(got.Config.Env, knows); password != "" {
			return password, e.opts.Secrets.Set(ctx, e.passwordName(ctx, name), password)
		}
	}
	if !adopts(e.endpoint(ctx), filled) {
		return "", err
	}
	if _, volumeErr := cli.VolumeInspect(ctx, volume.Name(agent.Session, name)); volumeErr != nil {
		return "", err
	}
	if kept, err = e.opts.Secrets.Get(ctx, passwords+name); err != nil {
		return "", err
	}
	return kept, e.opts.Secrets.Set(ctx, e.passwordName(ctx, name), kept)
}

// adopts reports whether an engine may be given a password that is kept under the plain name. One on another computer may not: it is
// the password of this computer's sandbox of that name too, and whoever runs the far engine can say that it has the volumes.
func adopts(ep connect.Endpoint, filled bool) bool { return !filled && !ep.Remote() }

// TryEndpoint asks the engine at an address what it is, before anything is saved. It waits for the answer; the error says why
// there is none, and what mends that.
func (e *Engine) TryEndpoint(ctx context.Context, ep config.Endpoint) (connect.Engine, error) {
	cli, got, failure := connect.Try(ctx, connect.Address(ep).Endpoint(e.opts.Where), e.opts.Where)
	if failure != nil {
		return connect.Engine{}, failure
	}
	_ = cli.Close() // closes idle connections, and cannot fail
	return got, nil
}
