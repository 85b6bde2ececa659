package connect

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/docker/docker/client"

	"berth/engine/fault"
)

// plan lists every endpoint and marks those that are to be tried.
//
// What a person chose is tried alone: an endpoint in the settings, DOCKER_HOST, or a Docker context in use other than the
// default. Falling back to another engine then would show an empty list where their sandboxes are expected. Without a
// choice every endpoint of this computer is tried in order; another computer's is only listed.
func plan(w Where, choice string) (list []Endpoint, try []bool) {
	list = Discover(w)
	var chosen int
	switch {
	case choice != "":
		chosen = slices.IndexFunc(list, func(ep Endpoint) bool { return ep.Name == choice || ep.Host == choice })
		if chosen < 0 {
			ep := Endpoint{Name: choice, Source: FromSettings, Host: choice}
			host, err := parseHost(choice, w.goos())
			if err != nil {
				ep.Err = &fault.Error{
					Kind: fault.BadContext, Op: "use the endpoint " + choice, Why: "it is neither a known endpoint nor a host: " + err.Error(), Err: err,
					Remedy: "Choose another endpoint.", Action: fault.OpenSettings,
				}
			}
			ep.Host = host
			list, chosen = slices.Insert(list, 0, ep), 0
		}
	default:
		chosen = slices.IndexFunc(list, func(ep Endpoint) bool {
			return ep.Source == FromEnv || ep.Current && !ep.isDefault(w)
		})
	}
	try = make([]bool, len(list))
	for i, ep := range list {
		try[i] = i == chosen || chosen < 0 && !ep.Remote()
		if ep.Host == "" && chosen < 0 {
			try[i] = true // what cannot be dialled at all tells why
		}
	}
	return list, try
}

// found is an engine that answered.
type found struct {
	endpoint Endpoint
	client   *client.Client
	engine   Engine
	asked    string // the choice in force when it was searched
}

// search tries the planned endpoints at the same time and takes the first in order that answers, so that one that hangs
// holds up only those behind it. It gives what came of each, and the diagnosis when none answered.
func search(ctx context.Context, w Where, choice string) (*found, []Attempt, *fault.Error) {
	list, try := plan(w, choice)
	attempts := make([]Attempt, len(list))
	results := make([]*found, len(list))
	done := make([]chan struct{}, len(list))
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for i, ep := range list {
		attempts[i] = Attempt{Endpoint: ep, Tried: try[i], Err: ep.Err}
		done[i] = make(chan struct{})
		if !try[i] || ep.Err != nil {
			close(done[i])
			continue
		}
		wg.Go(func() {
			defer close(done[i])
			began := time.Now()
			cli, eng, err := Try(ctx, ep, w)
			attempts[i].Err, attempts[i].Took = err, time.Since(began)
			if err == nil {
				results[i] = &found{endpoint: ep, client: cli, engine: eng}
			}
		})
	}
	var first *found
	for i := range list {
		<-done[i]
		if results[i] != nil {
			first = results[i]
			break
		}
	}
	cancel() // those behind it need not end their patience
	wg.Wait()
	for i, other := range results {
		if other != nil && other != first {
			_ = other.client.Close() // closes idle connections, and cannot fail
		}
		if first != nil && attempts[i].Tried && attempts[i].Err != nil && attempts[i].Err.Kind == fault.Cancelled {
			attempts[i].Tried, attempts[i].Err = false, nil
		}
	}
	if first != nil {
		return first, attempts, nil
	}
	return nil, attempts, diagnosis(attempts)
}

// telling orders kinds by how much they say about an engine that is almost there.
var telling = []fault.Kind{
	fault.GroupInactive, fault.Permission, fault.EngineHung, fault.EngineTooOld, fault.NotRunning, fault.Network, fault.BadContext,
}

// diagnosis is the error of the attempt that tells most: the first of the kind that is nearest to a working engine.
func diagnosis(attempts []Attempt) *fault.Error {
	for _, kind := range telling {
		for _, a := range attempts {
			if a.Tried && a.Err != nil && a.Err.Kind == kind {
				return a.Err
			}
		}
	}
	for _, a := range attempts {
		if a.Tried && a.Err != nil {
			return a.Err
		}
	}
	return fault.New(fault.NoEngine, "look for an engine", "there is no endpoint to try")
}
