package connect

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/docker/docker/client"

	"berth/engine/fault"
)

// How often an engine is looked for, and looked after.
const (
	firstPause  = 250 * time.Millisecond
	localPause  = 1500 * time.Millisecond // a look costs a few failed connects; an engine that appears is there within 2 s
	remotePause = 30 * time.Second
	shortLife   = 5 * time.Second // a session that ended sooner counts as a failed try
)

// How an engine is looked after that says nothing else. Variables, so that a test need not wait for them.
var (
	beat      = 15 * time.Second // between two pings
	beatLimit = 10 * time.Second
)

// Session is what runs as long as one connection does. It ends when ctx does or with the error that broke the connection,
// after everything it started has ended.
type Session func(ctx context.Context, cli *client.Client, eng Engine) error

// Options say where a Supervisor looks and whom it tells.
type Options struct {
	Where   Where
	Choose  string // name or host of the endpoint to use; "" chooses by itself
	Changed func() // called, from any goroutine, when Status would differ; it must return at once
}

// Supervisor keeps a program connected to an engine for as long as Run runs.
type Supervisor struct {
	where   Where
	changed func()
	again   chan struct{} // capacity 1: look again now

	mu     sync.Mutex // guards everything below
	choice string
	status Status
	client *client.Client
	end    context.CancelCauseFunc // ends the present search or session
}

// NewSupervisor makes a supervisor. It does nothing until Run.
func NewSupervisor(opts Options) *Supervisor {
	if opts.Changed == nil {
		opts.Changed = func() {}
	}
	return &Supervisor{
		where: opts.Where, choice: opts.Choose, changed: opts.Changed, again: make(chan struct{}, 1),
		status: Status{Phase: Looking, Since: time.Now()},
	}
}

// Status is what is known of the connection now.
func (s *Supervisor) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// Client is the connected engine's client; nil while there is none. It stays the supervisor's.
func (s *Supervisor) Client() *client.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.client
}

// LookAgain searches now instead of at the next try. While an engine is connected it stays so, and the other endpoints are asked
// whether they would answer.
func (s *Supervisor) LookAgain() {
	select {
	case s.again <- struct{}{}:
	default:
	}
}

// errChosen ends a session because the person chose another endpoint.
var errChosen = errors.New("another endpoint was chosen")

// Choose uses another endpoint from now on; "" goes back to choosing by itself.
func (s *Supervisor) Choose(name string) {
	s.mu.Lock()
	same := s.choice == name && s.status.Phase == Connected
	s.choice = name
	if !same && s.status.Phase == Lost { // nobody waits for that one any more
		s.status.Phase, s.status.Endpoint, s.status.Err = Looking, Endpoint{}, nil
	}
	end := s.end
	s.mu.Unlock()
	if same {
		return
	}
	s.changed()
	if end != nil {
		end(errChosen)
	}
	s.LookAgain()
}

// Run searches, hands each connection to session and searches again when it breaks, until ctx ends. It returns after
// the session has.
func (s *Supervisor) Run(ctx context.Context, session Session) {
	misses := 0
	for ctx.Err() == nil {
		began := time.Now()
		one, searchErr := s.connect(ctx)
		searched := time.Since(began)
		if one != nil {
			err := s.hold(ctx, one, session)
			if time.Since(began) > shortLife || errors.Is(err, errChosen) {
				misses = 0
			}
			if misses == 0 && ctx.Err() == nil {
				misses++
				continue // an engine that only restarted its listener answers at once
			}
		}
		if errors.Is(searchErr, errChosen) {
			misses = 0
			continue
		}
		s.rest(ctx, misses, searched)
		misses++
	}
}

// connect searches once.
func (s *Supervisor) connect(ctx context.Context) (*found, error) {
	select {
	case <-s.again: // this search is the answer
	default:
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	s.mu.Lock()
	s.end = end
	asked := s.choice
	choice := asked
	if choice == "" && s.status.Phase == Lost {
		choice = s.status.Endpoint.Host // an engine that restarts is waited for; another one has other sandboxes
	}
	s.mu.Unlock()
	one, attempts, failure := search(ctx, s.where, choice)
	if cause := context.Cause(ctx); cause != nil {
		if one != nil {
			_ = one.client.Close()
		}
		return nil, cause
	}
	if one != nil {
		one.asked = asked
	}
	s.change(func(st *Status) {
		st.Attempts, st.Err, st.NextTry = attempts, failure, time.Time{}
		if one != nil {
			st.Phase, st.Since, st.Endpoint, st.Engine = Connected, time.Now(), one.endpoint, one.engine
			s.client = one.client
		}
	})
	return one, nil
}

// hold runs the session on a connection and notices when the engine stops answering.
func (s *Supervisor) hold(ctx context.Context, one *found, session Session) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	s.mu.Lock()
	s.end = end
	if s.choice != one.asked { // chosen between the search and now
		end(errChosen)
	}
	s.mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(func() { heartbeat(ctx, one.client, end) })
	wg.Go(func() { s.surveys(ctx, one.endpoint) })
	err := session(ctx, one.client, one.engine)
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	end(nil)
	wg.Wait()
	_ = one.client.Close() // closes idle connections, and cannot fail
	s.change(func(st *Status) {
		s.client = nil
		st.Phase, st.Since, st.Engine = Lost, time.Now(), Engine{}
		st.Err = fault.From("talk to "+one.endpoint.Name, err)
		if errors.Is(err, errChosen) {
			st.Phase, st.Endpoint, st.Err = Looking, Endpoint{}, nil
		}
	})
	return err
}

// heartbeat ends the connection to an engine that neither answers nor hangs up: a sleeping computer, a dead network.
func heartbeat(ctx context.Context, cli *client.Client, end context.CancelCauseFunc) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		inTime, cancel := context.WithTimeout(ctx, beatLimit)
		_, err := cli.Ping(inTime)
		cancel()
		if err != nil && ctx.Err() == nil {
			end(fault.From("ask the engine whether it is there", err))
			return
		}
	}
}

// rest waits for the next try, or until somebody asks for one. What the search took counts as rest: one that waited for an
// engine that hangs is followed by the next at once.
func (s *Supervisor) rest(ctx context.Context, misses int, searched time.Duration) {
	limit := localPause
	s.mu.Lock()
	tried := s.status.Attempts
	s.mu.Unlock()
	if only := onlyRemote(tried); only {
		limit = remotePause
	}
	pause := max(firstPause, min(firstPause<<min(misses, 10), limit)-searched)
	s.change(func(st *Status) { st.NextTry = time.Now().Add(pause) })
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-s.again:
	}
}

// onlyRemote reports whether nothing but other computers was asked, which is slow and costs them something.
func onlyRemote(attempts []Attempt) bool {
	any := false
	for _, a := range attempts {
		if a.Tried && !a.Endpoint.Remote() {
			return false
		}
		any = any || a.Tried
	}
	return any
}

func (s *Supervisor) change(f func(*Status)) {
	s.mu.Lock()
	f(&s.status)
	s.mu.Unlock()
	s.changed()
}
