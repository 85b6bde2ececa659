package secret_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"berth/engine/secret"
)

// stores are the two places secrets can be in. The keyring is go-keyring's own in-memory one: the real Secret Service needs
// a desktop session.
func stores(t *testing.T, check func(t *testing.T, s secret.Store, dir string)) {
	t.Run("keyring", func(t *testing.T) {
		keyring.MockInit()
		dir := t.TempDir()
		check(t, secret.Open(dir), dir)
		if _, err := os.Stat(filepath.Join(dir, "secrets.json")); err == nil {
			t.Error("a file was written although there is a keyring")
		}
	})
	t.Run("file", func(t *testing.T) {
		keyring.MockInitWithError(errors.New("no keyring here"))
		dir := t.TempDir()
		s := secret.Open(dir)
		check(t, s, dir)
		if !strings.Contains(s.Kind(), "secrets.json") {
			t.Errorf("the file is not named: %s", s.Kind())
		}
	})
}

func TestASecretIsKeptAndForgotten(t *testing.T) {
	stores(t, func(t *testing.T, s secret.Store, dir string) {
		if _, err := s.Get("a"); !errors.Is(err, secret.ErrNotFound) {
			t.Errorf("before: %v", err)
		}
		if err := s.Set("a", "one"); err != nil {
			t.Fatal(err)
		}
		if err := s.Set("b", "two"); err != nil {
			t.Fatal(err)
		}
		if got, err := secret.Open(dir).Get("a"); err != nil || got != "one" {
			t.Errorf("another run reads %q, %v", got, err)
		}
		if err := s.Delete("a"); err != nil {
			t.Fatal(err)
		}
		if err := s.Delete("a"); err != nil {
			t.Errorf("deleting twice: %v", err)
		}
		if _, err := s.Get("a"); !errors.Is(err, secret.ErrNotFound) {
			t.Errorf("after: %v", err)
		}
		if got, _ := s.Get("b"); got != "two" {
			t.Errorf("the other secret became %q", got)
		}
	})
}

func TestTheFileIsForThisUserAlone(t *testing.T) {
	keyring.MockInitWithError(errors.New("no keyring here"))
	dir := t.TempDir()
	if err := secret.Open(dir).Set("a", "one"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "secrets.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestADamagedFileIsNotOverwritten(t *testing.T) {
	keyring.MockInitWithError(errors.New("no keyring here"))
	dir := t.TempDir()
	path := filepath.Join(dir, "secrets.json")
	if err := os.WriteFile(path, []byte("{damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := secret.Open(dir).Set("a", "one"); err == nil {
		t.Error("Set succeeded")
	}
	if got, _ := os.ReadFile(path); string(got) != "{damaged" {
		t.Errorf("the file became %q", got)
	}
}

func TestPasswordsAreRandomAndNeedNoQuoting(t *testing.T) {
	a, b := secret.NewPassword(), secret.NewPassword()
	if a == b || len(a) != 43 || strings.ContainsAny(a, "+/= '\"$") {
		t.Errorf("%d letters, equal %v", len(a), a == b)
	}
}
