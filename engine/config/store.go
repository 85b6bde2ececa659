// Package config keeps the settings file: it loads, checks, saves and never loses what a person wrote into it.
//
// The file is JSON, settings.json in the folder given to Open. A file that cannot be read as JSON is set aside under another
// name and defaults are used; keys this version does not know stay in it; a save goes to a temporary file, is synced and
// renamed. What the settings mean is the business of those who use them.
package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/moby/sys/atomicwriter"

	"berth/engine/fault"
	"berth/engine/leftover"
)

// Schema is the version of the file's shape that this Berth writes.
const Schema = 1

const fileName = "settings.json"

// Store is the settings file and what is in it. All methods are safe from any goroutine.
type Store struct {
	path  string
	notes []string

	mu       sync.Mutex // guards everything below
	settings Settings
	raw      map[string]any // the file as it was read, for the keys this version does not know
	frozen   error          // why the file must not be written; nil when it may
}

// Open reads the settings in that folder. A missing file means defaults. A damaged one is set aside and a note says so; one
// of a newer Berth is used as far as it is understood and never written. The only errors are those of the file system. No other
// program may be writing them: what one that was killed left half written is removed.
func Open(dir string) (*Store, error) {
	s := &Store{path: filepath.Join(dir, fileName), settings: Default(), raw: map[string]any{}}
	leftover.Remove(s.path)
	text, err := os.ReadFile(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, nil
	case err != nil:
		return nil, &fault.Error{
			Kind: fault.Permission, Op: "read the settings", Err: err,
			Remedy: "Make " + s.path + " readable for you, or start Berth with --config and another folder.",
		}
	}
	if err := s.read(text); err != nil {
		return s, s.setAside(err)
	}
	return s, nil
}

// read takes the file's text over. On an error nothing has changed.
func (s *Store) read(text []byte) error {
	raw, err := tree(text)
	if err != nil {
		return err
	}
	settings := Default()
	if err := json.Unmarshal(text, &settings); err != nil {
		return err
	}
	if settings.Schema > Schema {
		s.frozen = &fault.Error{
			Kind: fault.BadInput, Op: "save the settings",
			Why:    fmt.Sprintf("%s was written by a newer Berth (schema %d, this one knows %d)", s.path, settings.Schema, Schema),
			Remedy: "Update Berth to change settings.",
		}
		s.notes = append(s.notes, s.frozen.Error())
	} else if err := settings.Validate(); err != nil {
		return err
	}
	s.settings, s.raw = settings, raw
	return nil
}

// setAside keeps a damaged file under another name.
func (s *Store) setAside(cause error) error {
	aside := s.path + ".damaged-" + time.Now().Format("20060102-150405")
	if err := os.Rename(s.path, aside); err != nil {
		return &fault.Error{
			Kind: fault.Permission, Op: "set the damaged settings aside", Err: err,
			Remedy: "Move " + s.path + " away, then start Berth again.",
		}
	}
	s.notes = append(s.notes, fmt.Sprintf("The settings file was damaged (%v). It is kept as %s; defaults are in force.", cause, aside))
	return nil
}

// Notes are what a person should know about how the file was read.
func (s *Store) Notes() []string { return s.notes }

// Path is the file's path.
func (s *Store) Path() string { return s.path }

// Settings are the settings in force.
func (s *Store) Settings() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings.clone()
}

// Save checks settings and writes them. On an error neither the file nor what is in force has changed.
func (s *Store) Save(settings Settings) error {
	if err := settings.Validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.frozen != nil {
		return s.frozen
	}
	settings.Schema = Schema
	known, err := toMap(settings)
	if err != nil {
		return err
	}
	old, err := toMap(s.settings)
	if err != nil {
		return err
	}
	merged := merge(s.raw, old, known)
	text, err := json.MarshalIndent(merged, "", "  ")
	if err != nil {
		return err
	}
	if err := s.write(append(text, '\n')); err != nil {
		return &fault.Error{
			Kind: fault.From("", err).Kind, Op: "save the settings", Err: err,
			Remedy: "Make the folder " + filepath.Dir(s.path) + " writable, or free some space.",
		}
	}
	s.settings, s.raw = settings.clone(), merged
	return nil
}

func (s *Store) write(text []byte) error {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return err
	}
	return atomicwriter.WriteFile(s.path, text, 0o600)
}

func toMap(v any) (map[string]any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return tree(text)
}

// tree reads an object with its numbers as they are written: a float64 has no room for each.
func tree(text []byte) (map[string]any, error) {
	m := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err := decoder.Decode(&m)
	return m, err
}

// find looks for a key as encoding/json does, which takes "Port" for "port" where there is no "port".
func find(m map[string]any, name string) (any, bool) {
	if value, ok := m[name]; ok {
		return value, true
	}
	for key, value := range m {
		if strings.EqualFold(key, name) {
			return value, true
		}
	}
	return nil, false
}

// merge lays known over raw, level by level. A key that only raw has is one of another version and stays, unless it was in
// old: then it was known and has been emptied.
func merge(raw, old, known map[string]any) map[string]any {
	merged := map[string]any{}
	for key, value := range raw {
		_, was := find(old, key)
		_, is := find(known, key)
		if !was && !is {
			merged[key] = value
		}
	}
	for key, value := range known {
		if below, ok := value.(map[string]any); ok {
			inRaw, _ := find(raw, key)
			rawBelow, _ := inRaw.(map[string]any)
			oldBelow, _ := old[key].(map[string]any)
			value = merge(rawBelow, oldBelow, below)
		}
		merged[key] = value
	}
	return merged
}
