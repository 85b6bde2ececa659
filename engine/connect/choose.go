package connect

import (
	"context"
	"fmt"
	"slices"
	"strings"
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
		if chosen = indexOf(w, list, choice); chosen < 0 {
			list, chosen = slices.Insert(list, 0, unlisted(w, choice)), 0
		}
	default:
		chosen = slices.IndexFunc(list, func(ep Endpoint) bool {
			return ep.Source == FromEnv || ep.Current && !ep.IsDefault(w)
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

// indexOf finds a chosen endpoint by its name or its host, also by a name it had before it was given another.
func indexOf(w Where, list []Endpoint, choice string) int {
	is := func(ep Endpoint) bool { return ep.Name == choice || ep.Host == choice }
	if i := slices.IndexFunc(list, is); i >= 0 {
		return i
	}
	all := everything(w)
	i := slices.IndexFunc(all, is)
	if i < 0 || all[i].Host == "" {
		return -1
	}
	key := sameKey(all[i].Host)
	return slices.IndexFunc(list, func(ep Endpoint) bool { return ep.Host != "" && sameKey(ep.Host) == key })
}

// unlisted is a chosen endpoint that is none of those found: an address, or a name of something that is gone.
func unlisted(w Where, choice string) Endpoint {
	ep := Endpoint{Name: choice, Source: FromSettings, Host: choice}
	name, isContext := strings.CutPrefix(choice, contextPrefix)
	host, err := parseHost(choice, w.goos())
	switch {
	case isContext:
		err = fmt.Errorf("there is no Docker context %s any more", name)
	case !strings.Contains(choice, ":"): // a name; docker would take one for that of a computer
		err = fmt.Errorf("there is no endpoint %s any more", choice)
	case err == nil:
		ep.Host, ep.Plain = host, strings.HasPrefix(host, "tcp://")
		return ep
	}
	ep.Host = ""
	ep.Err = &fault.Error{
		Kind: fault.BadContext, Op: "use the endpoint " + choice, Why: err.Error(), Err: err, Action: fault.OpenSettings,
		Remedy: "Choose another endpoint, or let Berth choose by itself. Its sandboxes are where they were.",
	}
	return ep
}

// found is an engine that answered.
type found struct {
	endpoint Endpoint
	client   *client.Client
	engine   Engine
	asked    string // the choice in force when it was searched
}

// How long a search waits for what has not answered yet.
const (
	// forEarlier is how long an endpoint that comes earlier in order has to answer after a later one did. One that hangs
	// would hold up the whole program for its patience otherwise.
	forEarlier = time.Second
	// lookAgain is the time until an endpoint that failed is tried again while another one hangs: its engine may start.
	lookAgain = 500 * time.Millisecond
)

// outcome is what came of one try.
type outcome struct {
	index int
	found *found       // nil when it failed
	err   *fault.Error // nil when it answered
	took  time.Duration
}

// search tries the planned endpoints at the same time and takes the first in order that answers; once one has answered, the
// earlier ones have a second left. It gives what came of each, and the diagnosis when none answered.
func search(ctx context.Context, w Where, choice string) (*found, []Attempt, *fault.Error) {
	list, try := plan(w, choice)
	return searchIn(ctx, w, list, try)
}

// searchIn is search in a list of which those marked are tried.
func searchIn(ctx context.Context, w Where, list []Endpoint, try []bool) (*found, []Attempt, *fault.Error) {
	ctx, cancel := context.WithCancel(ctx)
	s := &searching{w: w, list: list, attempts: make([]Attempt, len(list)), open: map[int]bool{}, outcomes: make(chan outcome)}
	for i, ep := range list {
		s.attempts[i] = Attempt{Endpoint: ep, Tried: try[i], Err: ep.Err}
		if try[i] && ep.Err == nil {
			s.open[i] = true
			s.try(ctx, i, 0)
		}
	}
	first := s.decide(ctx)
	cancel()
	s.wg.Wait()
	for i := range s.open {
		s.attempts[i].Tried = false // those behind it need not end their patience
		if first != nil && i < first.index {
			s.attempts[i].Tried, s.attempts[i].Err = true, passedOver(list[i], first.found.endpoint)
		}
	}
	if first != nil {
		return first.found, s.attempts, nil
	}
	return nil, s.attempts, diagnosis(s.attempts)
}

// searching is one search. Only the goroutine that decides touches it while it runs.
type searching struct {
	w        Where
	list     []Endpoint
	attempts []Attempt
	open     map[int]bool // endpoints of which nothing is known yet
	outcomes chan outcome
	wg       sync.WaitGroup
}

// try tries one endpoint after a pause and sends what came of it, unless ctx ends before.
func (s *searching) try(ctx context.Context, i int, pause time.Duration) {
	s.wg.Go(func() {
		if pause > 0 {
			timer := time.NewTimer(pause)
			defer timer.Stop()
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
			}
		}
		began := time.Now()
		cli, eng, err := Try(ctx, s.list[i], s.w)
		o := outcome{index: i, err: err, took: time.Since(began)}
		if err == nil {
			o.found = &found{endpoint: s.list[i], client: cli, engine: eng}
		}
		select {
		case s.outcomes <- o:
		case <-ctx.Done():
			o.close()
		}
	})
}

// close gives up an answer that is not the chosen one.
func (o *outcome) close() {
	if o.found != nil {
		_ = o.found.client.Close() // closes idle connections, and cannot fail
	}
}

// decide waits until it is settled which endpoint is the one, or that none is; then it gives nil.
func (s *searching) decide(ctx context.Context) *outcome {
	var best *outcome
	var enough <-chan time.Time // nil until one answers
	for {
		if best == nil && len(s.open) == 0 || best != nil && !s.earlierOpen(best.index) {
			return best
		}
		select {
		case <-ctx.Done():
			if best != nil {
				best.close()
			}
			return nil
		case <-enough:
			return best
		case o := <-s.outcomes:
			delete(s.open, o.index)
			s.attempts[o.index].Err, s.attempts[o.index].Took = o.err, o.took
			switch {
			case o.err != nil:
				if best == nil && len(s.open) > 0 {
					s.try(ctx, o.index, lookAgain)
				}
			case best == nil:
				best = &o
				enough = time.After(forEarlier)
			case o.index < best.index:
				best.close()
				best = &o
			default:
				o.close()
			}
		}
	}
}

// earlierOpen reports whether an endpoint before that one may still answer.
func (s *searching) earlierOpen(index int) bool {
	for i := range s.open {
		if i < index {
			return true
		}
	}
	return false
}

// passedOver says why an endpoint that comes earlier was not taken.
func passedOver(ep, taken Endpoint) *fault.Error {
	return &fault.Error{
		Kind: fault.EngineHung, Op: "connect to " + ep.Name, Action: fault.Retry,
		Why:    taken.Name + " answered, and this one had not within a second more",
		Remedy: "Restart its engine, or choose it in the settings to wait for it.",
	}
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
