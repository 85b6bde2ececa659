package secret

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/moby/sys/atomicwriter"

	"berth/engine/fault"
)

// file is the fallback: a JSON object in a file of mode 0600.
type file struct {
	path string
	mu   sync.Mutex // one change at a time
}

func (f *file) read() (map[string]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return readObject(f.path)
}

func (f *file) get(name string) (string, error) {
	all, err := f.read()
	if err != nil {
		return "", fault.New(fault.Permission, "read "+f.path, "it cannot be read")
	}
	secret, ok := all[name]
	if !ok {
		return "", ErrNotFound
	}
	return secret, nil
}

func (f *file) change(do func(map[string]string)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	all, err := readObject(f.path)
	if err != nil {
		return fault.New(fault.Permission, "change "+f.path, "it cannot be read, so it is left as it is")
	}
	do(all)
	return writeObject(f.path, all)
}

func readObject(path string) (map[string]string, error) {
	all := map[string]string{}
	text, err := os.ReadFile(path) //nolint:gosec // Berth's own file
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	return all, nil
}

// writeObject writes an object for this user alone; an empty one has no file.
func writeObject(path string, all map[string]string) error {
	const op = "keep a secret"
	if len(all) == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.From(op, err)
		}
		return nil
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fault.From(op, err)
	}
	if err := atomicwriter.WriteFile(path, text, 0o600); err != nil {
		return fault.From(op, err)
	}
	return nil
}

// The states of a name in the index.
const (
	nowhere   = ""
	inKeyring = "keyring"
	toForget  = "forget" // it was removed while the keyring could not be reached
)

// index is a file of the names that the keyring holds, with no secret: it tells them where keyrings cannot list, and tells a
// secret that cannot be read now from one that was never kept. One that is damaged counts as empty: secrets are found without.
type index struct {
	path string

	mu  sync.Mutex // guards everything below
	all map[string]string
}

func openIndex(path string) *index {
	all, err := readObject(path)
	if err != nil {
		all = map[string]string{}
	}
	return &index{path: path, all: all}
}

func (x *index) state(name string) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.all[name]
}

func (x *index) names(prefix, state string) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var names []string
	for name, is := range x.all {
		if is == state && len(name) >= len(prefix) && name[:len(prefix)] == prefix {
			names = append(names, name)
		}
	}
	return names
}

func (x *index) note(name, state string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all[name] == state {
		return nil
	}
	if state == nowhere {
		delete(x.all, name)
	} else {
		x.all[name] = state
	}
	return writeObject(x.path, x.all)
}
