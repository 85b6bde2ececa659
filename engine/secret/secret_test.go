package secret

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"berth/engine/fault"
)

// scripted is a keyring that gives the trouble it is told to; what a real one gives is proven in keyring_linux_test.go.
type scripted struct {
	all     map[string]string
	trouble error // of reach
	refuse  error // of set
}

func (r *scripted) reach(context.Context, bool) error { return r.trouble }

func (r *scripted) get(_ context.Context, name string) (string, error) {
	if got, ok := r.all[name]; ok {
		return got, nil
	}
	return "", ErrNotFound
}

func (r *scripted) set(_ context.Context, name, secret string) error {
	if r.refuse == nil {
		r.all[name] = secret
	}
	return r.refuse
}

func (r *scripted) remove(_ context.Context, name string) error {
	delete(r.all, name)
	return nil
}

func newScripted() *scripted { return &scripted{all: map[string]string{}} }

// expect reads a secret: want is its value, or "" for ErrNotFound.
func expect(t *testing.T, s Store, name, want string) {
	t.Helper()
	got, err := s.Get(t.Context(), name)
	if want == "" && !errors.Is(err, ErrNotFound) || want != "" && err != nil || got != want {
		t.Errorf("%s is %q, %v; want %q", name, got, err, want)
	}
}

func keep(t *testing.T, s Store, name, secret string) {
	t.Helper()
	if err := s.Set(t.Context(), name, secret); err != nil {
		t.Fatal(err)
	}
}

func forget(t *testing.T, s Store, name string) {
	t.Helper()
	if err := s.Delete(t.Context(), name); err != nil {
		t.Fatal(err)
	}
}

func fileOf(dir string) string {
	text, _ := os.ReadFile(filepath.Join(dir, "secrets.json"))
	return string(text)
}

func TestASecretIsKeptAndForgotten(t *testing.T) {
	for name, trouble := range map[string]error{"keyring": nil, "file": errNone} {
		t.Run(name, func(t *testing.T) {
			dir, ring := t.TempDir(), newScripted()
			ring.trouble = trouble
			s := newStore(dir, ring)
			expect(t, s, "a", "")
			keep(t, s, "a", "one")
			keep(t, s, "b/x", "two")
			keep(t, s, "b/y", "three")
			expect(t, newStore(dir, ring), "a", "one") // another run
			if got := s.Names("b/"); !slices.Equal(got, []string{"b/x", "b/y"}) {
				t.Errorf("listed are %q", got)
			}
			forget(t, s, "a")
			forget(t, s, "a")
			expect(t, s, "a", "")
			expect(t, s, "b/x", "two")
			if inFile := strings.Contains(fileOf(dir), "two"); inFile != (trouble != nil) {
				t.Errorf("it is in the file: %v", inFile)
			}
			if kind := s.Kind(); strings.Contains(kind, "secrets.json") != (trouble != nil) {
				t.Errorf("it says %s", kind)
			}
		})
	}
}

func TestTheFilesAreForThisUserAlone(t *testing.T) {
	dir, ring := t.TempDir(), newScripted()
	s := newStore(dir, ring)
	keep(t, s, "a", "one")
	ring.trouble = errNone
	keep(t, s, "b", "two")
	for _, name := range []string{"secrets.json", "secrets-index.json"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "secrets-index.json")); strings.Contains(string(text), "one") {
		t.Error("a secret is in the index")
	}
}

func TestADamagedFileIsNotOverwritten(t *testing.T) {
	dir, ring := t.TempDir(), newScripted()
	ring.trouble = errNone
	path := filepath.Join(dir, "secrets.json")
	if err := os.WriteFile(path, []byte("{damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newStore(dir, ring)
	if err := s.Set(t.Context(), "a", "one"); err == nil {
		t.Error("Set succeeded")
	}
	if _, err := s.Get(t.Context(), "a"); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("it counts as empty: %v", err)
	}
	if got := fileOf(dir); got != "{damaged" {
		t.Errorf("the file became %q", got)
	}
}

// A password in a keyring that does not open is neither taken for missing nor replaced in there.
func TestWhatALockedKeyringHoldsIsNotTakenForMissing(t *testing.T) {
	for name, trouble := range map[string]error{"locked": errLocked, "silent": silent(), "gone": errNone} {
		t.Run(name, func(t *testing.T) {
			dir, ring := t.TempDir(), newScripted()
			s := newStore(dir, ring)
			keep(t, s, "a", "one")
			ring.trouble = trouble
			for _, run := range []Store{s, newStore(dir, ring)} {
				_, err := run.Get(t.Context(), "a")
				if errors.Is(err, ErrNotFound) || !errors.Is(err, fault.Permission) || strings.Contains(err.Error(), "one") {
					t.Errorf("got %v", err)
				}
			}
			if ring.all["a"] != "one" || fileOf(dir) != "" {
				t.Errorf("the keyring holds %v, the file %q", ring.all, fileOf(dir))
			}
			ring.trouble = nil
			expect(t, s, "a", "one")
		})
	}
}

// What is kept or removed while the keyring does not open is in the file, and goes into the keyring once it opens.
func TestWhatIsKeptMeanwhileMovesIntoTheKeyring(t *testing.T) {
	dir, ring := t.TempDir(), newScripted()
	s := newStore(dir, ring)
	keep(t, s, "replaced", "old")
	keep(t, s, "removed", "old")
	keep(t, s, "back", "old")
	ring.trouble = errLocked
	keep(t, s, "replaced", "new")
	keep(t, s, "added", "new")
	forget(t, s, "removed")
	forget(t, s, "back")
	keep(t, s, "back", "new")
	if kind := s.Kind(); !strings.Contains(kind, "secrets.json") || !strings.Contains(kind, "the keyring is locked") {
		t.Errorf("it says %q", kind)
	}
	if place := s.Place(t.Context()); !place.Keyring || place.File == "" || !strings.Contains(place.Words(), place.File) {
		t.Errorf("with secrets in the file it says %q", place.Words())
	}
	s = newStore(dir, ring) // also for another run
	expect(t, s, "replaced", "new")
	expect(t, s, "added", "new")
	expect(t, s, "removed", "")
	if ring.all["replaced"] != "old" || ring.all["removed"] != "old" {
		t.Errorf("the keyring was changed: %v", ring.all)
	}
	ring.trouble = nil
	expect(t, s, "replaced", "new")
	if place := s.Place(t.Context()); !place.Keyring || place.File != "" {
		t.Errorf("it says %q", place.Words())
	}
	if got, gone := ring.all["replaced"]+ring.all["added"]+ring.all["back"], ring.all["removed"]; got != "newnewnew" || gone != "" || fileOf(dir) != "" {
		t.Errorf("the keyring holds %v, the file %q", ring.all, fileOf(dir))
	}
}

// Whoever is told that secrets are in the keyring finds none beside it.
func TestALookAtWhereSecretsAreBringsThemIntoAKeyringThatOpened(t *testing.T) {
	dir, ring := t.TempDir(), newScripted()
	s := newStore(dir, ring)
	ring.trouble = errLocked
	if place := s.Place(t.Context()); !place.Keyring || place.File != "" {
		t.Errorf("with nothing in the file it says %q", place.Words())
	}
	keep(t, s, "a", "one")
	ring.trouble = nil
	if place := s.Place(t.Context()); !place.Keyring || place.File != "" || place.Why != nil {
		t.Errorf("it says %q", place.Words())
	}
	if ring.all["a"] != "one" || fileOf(dir) != "" {
		t.Errorf("the keyring holds %v, the file %q", ring.all, fileOf(dir))
	}
	ring.trouble, ring.refuse = nil, errLocked
	keep(t, s, "b", "two")
	if place := s.Place(t.Context()); place.Keyring || place.File == "" {
		t.Errorf("of a keyring that takes nothing it says %q", place.Words())
	}
}

func TestAKeyringThatReadsAndDoesNotWriteLosesNothing(t *testing.T) {
	dir, ring := t.TempDir(), newScripted()
	s := newStore(dir, ring)
	keep(t, s, "a", "old")
	ring.refuse = errors.New("read only")
	keep(t, s, "a", "new")
	expect(t, s, "a", "new")
	if kind := s.Kind(); !strings.Contains(kind, "read only") {
		t.Errorf("it says %s", kind)
	}
	ring.refuse = nil
	expect(t, s, "a", "new")
	if ring.all["a"] != "new" || fileOf(dir) != "" {
		t.Errorf("the keyring holds %v, the file %q", ring.all, fileOf(dir))
	}
}

func TestPasswordsAreRandomAndNeedNoQuoting(t *testing.T) {
	a, b := NewPassword(), NewPassword()
	if a == b || len(a) != 43 || strings.ContainsAny(a, "+/= '\"$") {
		t.Errorf("%d letters, equal %v", len(a), a == b)
	}
}

func TestASecretThatAKilledOneLeftHalfWrittenIsTakenAway(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".tmp-secrets.json4711", ".tmp-secrets-index.json4712"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(`{"sandbox/a":"hunter2"}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := newStore(dir, newScripted())
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left are %v, %v", left, err)
	}
	expect(t, s, "sandbox/a", "")
}
