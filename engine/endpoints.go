package engine

import (
	"context"

	"berth/engine/config"
	"berth/engine/connect"
)

// addedEndpoints are the endpoints that the settings add to those found.
func (e *Engine) addedEndpoints() []connect.Address {
	var all []connect.Address
	for _, ep := range e.Settings().Endpoints {
		all = append(all, connect.Address(ep))
	}
	return all
}

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
