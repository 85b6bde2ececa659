// Package secret keeps sandbox passwords where the operating system keeps passwords, and in a file only this user can read
// where there is no such place. A secret is never logged, and errors never quote one.
package secret

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/moby/sys/atomicwriter"
	"github.com/zalando/go-keyring"

	"berth/engine/fault"
)

// ErrNotFound says that there is no secret of that name.
var ErrNotFound = errors.New("secret not found")

// Store keeps secrets by name.
type Store interface {
	// Get gives the secret of that name, or ErrNotFound.
	Get(name string) (string, error)
	Set(name, secret string) error
	// Delete removes it; that it is not there is no error.
	Delete(name string) error
	// Kind says in words where secrets are kept, for the window.
	Kind() string
}

// service is the name secrets are filed under in the keyring.
const service = "app.berth.desktop"

// keyringLimit bounds one call: a keyring that waits for its own unlock dialog, or a D-Bus that is stuck, must not hold a
// start up.
const keyringLimit = 3 * time.Second

// Open gives the store to use: the keyring when one answers, else a file in dir. It asks the keyring only at the first use.
func Open(dir string) Store {
	return &store{file: file{path: filepath.Join(dir, "secrets.json")}}
}

// store prefers the keyring and remembers when there is none.
type store struct {
	file file

	once    sync.Once
	keyring bool
}

func (s *store) hasKeyring() bool {
	s.once.Do(func() {
		_, err := limited(func() (string, error) { return keyring.Get(service, "probe") })
		s.keyring = err == nil || errors.Is(err, keyring.ErrNotFound)
	})
	return s.keyring
}

func (s *store) Kind() string {
	if s.hasKeyring() {
		return "the system keyring"
	}
	return "a file only you can read, " + s.file.path + " (no keyring answers)"
}

func (s *store) Get(name string) (string, error) {
	if s.hasKeyring() {
		got, err := limited(func() (string, error) { return keyring.Get(service, name) })
		if err == nil {
			return got, nil
		}
		if !errors.Is(err, keyring.ErrNotFound) {
			return "", trouble("read a password from the keyring", err)
		}
	}
	return s.file.get(name) // also what was kept there before a keyring came
}

func (s *store) Set(name, secret string) error {
	if s.hasKeyring() {
		if _, err := limited(func() (string, error) { return "", keyring.Set(service, name, secret) }); err != nil {
			return trouble("keep a password in the keyring", err)
		}
		return nil
	}
	return s.file.change(func(all map[string]string) { all[name] = secret })
}

func (s *store) Delete(name string) error {
	if s.hasKeyring() {
		_, err := limited(func() (string, error) { return "", keyring.Delete(service, name) })
		if err != nil && !errors.Is(err, keyring.ErrNotFound) {
			return trouble("remove a password from the keyring", err)
		}
	}
	if _, err := s.file.get(name); errors.Is(err, ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	return s.file.change(func(all map[string]string) { delete(all, name) })
}

func trouble(op string, err error) error {
	return &fault.Error{
		Kind: fault.Permission, Op: op, Err: err, Action: fault.Retry, Remedy: "Unlock the keyring, then try again.",
	}
}

// limited calls do and gives up on its answer after keyringLimit.
func limited(do func() (string, error)) (string, error) {
	type answer struct {
		secret string
		err    error
	}
	answers := make(chan answer, 1)
	go func() {
		secret, err := do()
		answers <- answer{secret, err}
	}()
	limit := time.NewTimer(keyringLimit)
	defer limit.Stop()
	select {
	case a := <-answers:
		return a.secret, a.err
	case <-limit.C:
		return "", fault.New(fault.Timeout, "ask the keyring", "it does not answer")
	}
}

// file is the fallback: a JSON object in a file of mode 0600.
type file struct {
	path string
	mu   sync.Mutex // one change at a time
}

func (f *file) read() (map[string]string, error) {
	all := map[string]string{}
	text, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	return all, json.Unmarshal(text, &all)
}

func (f *file) get(name string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
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
	all, err := f.read()
	if err != nil {
		return fault.New(fault.Permission, "change "+f.path, "it cannot be read, so it is left as it is")
	}
	do(all)
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return fault.From("keep a password", err)
	}
	if err := atomicwriter.WriteFile(f.path, text, 0o600); err != nil {
		return fault.From("keep a password", err)
	}
	return nil
}

// NewPassword makes a random password of 32 bytes, as 43 letters that need no quoting anywhere.
func NewPassword() string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(random[:])
}
