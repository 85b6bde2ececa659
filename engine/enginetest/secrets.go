package enginetest

import (
	"context"
	"slices"
	"strings"
	"sync"

	"berth/engine/secret"
)

// Secrets is a secret.Store that forgets with the test. All is what it keeps, by name; it may be read while nobody works on it.
type Secrets struct {
	mu  sync.Mutex
	All map[string]string
}

// Get gives one, or secret.ErrNotFound.
func (s *Secrets) Get(_ context.Context, name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if value, ok := s.All[name]; ok {
		return value, nil
	}
	return "", secret.ErrNotFound
}

// Set keeps one.
func (s *Secrets) Set(_ context.Context, name, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.All[name] = value
	return nil
}

// Delete forgets it.
func (s *Secrets) Delete(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.All, name)
	return nil
}

// Names are the names that begin with a prefix, sorted.
func (s *Secrets) Names(prefix string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name := range s.All {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Place says that a keyring answers.
func (s *Secrets) Place(context.Context) secret.Place { return secret.Place{Keyring: true} }

// Kind is the word for this place.
func (s *Secrets) Kind() string { return "memory" }
