// Package secret keeps passwords and provider keys where the operating system keeps such things, and in a file only this user
// can read where there is no such place or it does not open. A secret is never logged, and errors never quote one.
//
// What the keyring holds is never lost for want of its answer: a keyring that is locked, refuses, hangs or dies is an error
// for whoever reads from it, and what is kept meanwhile goes into the file, which counts as the newer one until the keyring
// takes it over.
package secret

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"berth/engine/fault"
	"berth/engine/leftover"
)

// ErrNotFound says that there is no secret of that name.
var ErrNotFound = errors.New("secret not found")

// Store keeps secrets by name. Its methods wait for the keyring, a bounded time and no longer than ctx.
type Store interface {
	// Get gives the secret of that name, or ErrNotFound. Any other error says that it may be there and cannot be read now.
	Get(ctx context.Context, name string) (string, error)
	// Set keeps it: in the keyring, or in the file while the keyring does not take it.
	Set(ctx context.Context, name, secret string) error
	// Delete removes it; that it is not there is no error. Where the keyring does not answer it is removed once it does.
	Delete(ctx context.Context, name string) error
	// Names are the names that begin with a prefix, as far as this store kept them, sorted. It asks no keyring.
	Names(prefix string) []string
	// Place looks where a secret would be kept now, and gives a keyring that is open what is in the file. It does not ask anybody to
	// unlock one.
	Place(ctx context.Context) Place
	// Kind says in words where secrets were kept last.
	Kind() string
}

// Place is where secrets are kept.
type Place struct {
	Keyring bool   // in the keyring of the operating system
	File    string // the file, when not there; of a locked keyring, when something is kept in it until that opens
	Why     error  // why not there; or that the keyring has to be unlocked first
}

// Words say it.
func (p Place) Words() string {
	switch {
	case p.Keyring && p.File != "":
		return "the system keyring, which is locked; until it opens also " + p.File
	case p.Keyring && p.Why != nil:
		return "the system keyring, which is locked"
	case p.Keyring:
		return "the system keyring"
	}
	return "a file only you can read, " + p.File + " (" + whyNot(p.Why) + ")"
}

func whyNot(err error) string {
	if err == nil || errors.Is(err, errNone) {
		return "no keyring answers"
	}
	return fault.From("", err).Cause()
}

// NoKeyring reports whether a Place is a file because there is no keyring, rather than one that gives trouble.
func NoKeyring(why error) bool { return errors.Is(why, errNone) }

// Open gives the store to use: the keyring when one answers, else files in dir. It asks the keyring only at the first use.
func Open(dir string) Store { return newStore(dir, osRing{}) }

// ring is a keyring. An error of reach says why nothing can be asked of it.
type ring interface {
	reach(ctx context.Context, ask bool) error            // with ask a locked one is unlocked, which may ask the person
	get(ctx context.Context, name string) (string, error) // ErrNotFound when it has none
	set(ctx context.Context, name, secret string) error
	remove(ctx context.Context, name string) error // nil also when there is none
}

// errNone says that no keyring runs here, rather than that one gives trouble.
var errNone = errors.New("no keyring answers")

// store prefers the keyring. The file lies over it: what is in there was kept while the keyring could not be reached, so it is
// the newer one, and moves into the keyring at the next chance.
type store struct {
	ring  ring
	file  *file
	index *index
	turn  chan struct{} // capacity 1: one at a time, and whoever waits for it can be called off

	mu   sync.Mutex // guards last
	last Place      // where secrets were kept when it was looked last

	refused time.Time // when nobody unlocked the keyring last; guarded by the turn
}

func newStore(dir string, r ring) *store {
	s := &store{
		ring: r, file: &file{path: filepath.Join(dir, "secrets.json")}, index: openIndex(filepath.Join(dir, "secrets-index.json")),
		turn: make(chan struct{}, 1),
	}
	leftover.Remove(s.file.path) // of one that was killed: it holds secrets
	leftover.Remove(s.index.path)
	s.tell(errNone)
	return s
}

// begin takes the turn and reaches for the keyring; what lies in the file is moved there when it answers. The error says why
// the keyring is not to be used, end has to be called anyhow.
func (s *store) begin(ctx context.Context) (end func(), err error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return func() {}, fault.From("ask the keyring", context.Cause(ctx))
	}
	end = func() { <-s.turn }
	if err = s.ring.reach(ctx, time.Since(s.refused) > askPause); err == nil {
		err = s.moveIn(ctx)
	} else if isLocked(err) {
		s.refused = time.Now()
	}
	s.tell(err)
	return end, err
}

// askPause is how long nobody is asked again to unlock a keyring: what wants one secret mostly wants another one too.
const askPause = 30 * time.Second

func isLocked(err error) bool {
	return err == errLocked //nolint:errorlint // errors.Is would ask for its kind, which a refusal has too
}

// tell takes note of where secrets are kept: not in the keyring when there is an error.
func (s *store) tell(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = s.placeFor(why)
}

// moveIn gives the keyring what was kept or removed while it could not be reached.
func (s *store) moveIn(ctx context.Context) error {
	all, err := s.file.read()
	if err != nil {
		return nil //nolint:nilerr // a damaged file is left as it is, and told of by whoever needs what is in it
	}
	for name, secret := range all {
		if err := s.ring.set(ctx, name, secret); err != nil {
			return err
		}
		if err := s.index.note(name, inKeyring); err != nil {
			return err
		}
		if err := s.file.change(func(all map[string]string) { delete(all, name) }); err != nil {
			return err
		}
	}
	for _, name := range s.index.names("", toForget) {
		if err := s.ring.remove(ctx, name); err != nil {
			return err
		}
		if err := s.index.note(name, nowhere); err != nil {
			return err
		}
	}
	return nil
}

func (s *store) Get(ctx context.Context, name string) (string, error) {
	end, unreached := s.begin(ctx)
	defer end()
	if got, err := s.file.get(name); !errors.Is(err, ErrNotFound) {
		return got, err
	}
	if s.index.state(name) == toForget {
		return "", ErrNotFound
	}
	if unreached != nil {
		if errors.Is(unreached, errNone) && s.index.state(name) != inKeyring {
			return "", ErrNotFound
		}
		return "", unread(unreached)
	}
	got, err := s.ring.get(ctx, name)
	if err != nil {
		if !errors.Is(err, ErrNotFound) {
			err = unread(err)
		} else if s.index.state(name) == inKeyring {
			_ = s.index.note(name, nowhere) // it was removed by another program
		}
		return "", err
	}
	if s.index.state(name) != inKeyring {
		_ = s.index.note(name, inKeyring) // only what is listed would be less
	}
	return got, nil
}

func (s *store) Set(ctx context.Context, name, secret string) error {
	end, unreached := s.begin(ctx)
	defer end()
	if ctx.Err() != nil {
		return fault.From("keep a secret", context.Cause(ctx))
	}
	if unreached == nil {
		if unreached = s.ring.set(ctx, name, secret); unreached == nil {
			return s.index.note(name, inKeyring)
		}
		s.tell(unreached)
	}
	if err := s.file.change(func(all map[string]string) { all[name] = secret }); err != nil {
		return err
	}
	if s.index.state(name) == toForget {
		return s.index.note(name, inKeyring) // it is to be replaced now, not removed
	}
	return nil
}

func (s *store) Delete(ctx context.Context, name string) error {
	end, unreached := s.begin(ctx)
	defer end()
	if _, err := s.file.get(name); err == nil {
		if err := s.file.change(func(all map[string]string) { delete(all, name) }); err != nil {
			return err
		}
	} else if !errors.Is(err, ErrNotFound) {
		return err
	}
	if unreached == nil {
		unreached = s.ring.remove(ctx, name)
	}
	switch {
	case unreached == nil:
		return s.index.note(name, nowhere)
	case errors.Is(unreached, errNone) && s.index.state(name) != inKeyring:
		return nil
	}
	return s.index.note(name, toForget)
}

func (s *store) Names(prefix string) []string {
	all := s.index.names(prefix, inKeyring)
	if kept, err := s.file.read(); err == nil {
		for name := range kept {
			if strings.HasPrefix(name, prefix) && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	slices.Sort(all)
	return all
}

func (s *store) Place(ctx context.Context) Place {
	err := s.ring.reach(ctx, false)
	if isLocked(err) {
		place := Place{Keyring: true, Why: err}
		if kept, unread := s.file.read(); unread != nil || len(kept) > 0 {
			place.File = s.file.path
		}
		return place
	}
	if err == nil {
		select {
		case s.turn <- struct{}{}: // who has it does the same
			err = s.moveIn(ctx) // or it would be said to be in the keyring, and lie in the file until one is needed
			<-s.turn
		default:
		}
	}
	return s.placeFor(err)
}

func (s *store) placeFor(why error) Place {
	if why != nil {
		return Place{File: s.file.path, Why: why}
	}
	return Place{Keyring: true}
}

func (s *store) Kind() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last.Words()
}

// unread is the error for a secret that the keyring may hold and does not give.
func unread(err error) error {
	why := whyNot(err)
	return &fault.Error{
		Kind: fault.Permission, Op: "read from the keyring", Why: why, Err: err, Action: fault.Retry,
		Remedy: "Unlock the keyring, or log in to a desktop that has one, then try again.",
	}
}

// NewPassword makes a random password of 32 bytes, as 43 letters that need no quoting anywhere.
func NewPassword() string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(random[:])
}
