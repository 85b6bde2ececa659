package connect

import (
	"context"
	"sync"
	"time"
)

// surveys looks at the endpoints beside the one in use whenever somebody asks to look again, until ctx ends. A search ends with
// the first that answers, so what became of the others since is known only by asking them.
func (s *Supervisor) surveys(ctx context.Context, used Endpoint) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.again:
		}
		s.mu.Lock()
		known := s.status.Attempts
		s.mu.Unlock()
		attempts := survey(ctx, s.where, used, known)
		if ctx.Err() == nil {
			s.change(func(st *Status) { st.Attempts = attempts })
		}
	}
}

// survey asks every endpoint of this computer but the one in use whether it answers. Another computer's is dialled only when it
// is chosen, so of that nothing newer is known than before.
func survey(ctx context.Context, w Where, used Endpoint, before []Attempt) []Attempt {
	key := sameKey(used.Host)
	known := map[string]Attempt{}
	for _, a := range before {
		if a.Tried && a.Endpoint.Host != "" {
			known[sameKey(a.Endpoint.Host)] = a
		}
	}
	list := Discover(w)
	attempts := make([]Attempt, len(list))
	there := false
	var wg sync.WaitGroup
	for i, ep := range list {
		attempts[i] = Attempt{Endpoint: ep, Tried: ep.Err != nil, Err: ep.Err}
		same := ep.Host != "" && sameKey(ep.Host) == key
		there = there || same
		switch {
		case same:
			attempts[i].Tried, attempts[i].Err = true, nil
		case ep.Err != nil:
		case ep.Remote():
			if a, ok := known[sameKey(ep.Host)]; ok {
				attempts[i].Tried, attempts[i].Err, attempts[i].Took = true, a.Err, a.Took
			}
		default:
			wg.Go(func() {
				began := time.Now()
				cli, _, err := Try(ctx, ep, w)
				if err == nil {
					_ = cli.Close() // closes idle connections, and cannot fail
				}
				attempts[i].Tried, attempts[i].Err, attempts[i].Took = true, err, time.Since(began)
			})
		}
	}
	wg.Wait()
	if !there && used.Host != "" { // a context that was removed while its engine is in use, or an address that is no endpoint's
		attempts = append([]Attempt{{Endpoint: used, Tried: true}}, attempts...)
	}
	return attempts
}
