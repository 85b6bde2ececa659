package engine

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"berth/engine/fault"
	"berth/engine/volume"
)

// meddler takes a tar, and does something to the folder once it has taken a text.
type meddler struct {
	bytes.Buffer
	after string
	do    func()
}

func (m *meddler) Write(p []byte) (int, error) {
	n, err := m.Buffer.Write(p)
	if m.do != nil && bytes.Contains(p, []byte(m.after)) {
		m.do()
		m.do = nil
	}
	return n, err
}

// filesIn are the files of a tar that is whole, with what is in them.
func filesIn(t *testing.T, tape io.Reader) []string {
	t.Helper()
	var all []string
	for in := tar.NewReader(tape); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			all = append(all, h.Name+" "+string(text))
		}
	}
}

// worked is a folder in which something is at work.
func worked(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"a.db": "database", "b.db-wal": "written ahead", "c/d": "deep", "e": "last"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// SQLite cuts what was written ahead once it is in the database.
func TestAFileThatShrinksWhileItIsReadHasAllReadAgain(t *testing.T) {
	dir := worked(t)
	to := &meddler{after: "b.db-wal", do: func() { _ = os.Truncate(filepath.Join(dir, "b.db-wal"), 3) }}
	tries := 0
	err := whileStill(dir, func() error {
		tries++
		to.Reset()
		return tarFolder(t.Context(), dir, to)
	})
	if err != nil || tries != 2 {
		t.Fatalf("after %d tries: %v", tries, err)
	}
	if got, want := filesIn(t, &to.Buffer), []string{"./a.db database", "./b.db-wal wri", "./c/d deep", "./e last"}; !slices.Equal(got, want) {
		t.Errorf("it holds %q", got)
	}

	tries = 0
	err = whileStill(dir, func() error { tries++; return errShrank })
	if !errors.Is(err, fault.VolumeInUse) || tries != hostTries || !strings.Contains(fault.From("", err).Remedy, "Quit opencode") {
		t.Errorf("one that shrinks for ever: after %d tries %v", tries, err)
	}
	other := errors.New("another")
	if err := whileStill(dir, func() error { return other }); !errors.Is(err, other) {
		t.Errorf("another error ends as %v", err)
	}
}

// It is no clean end of the tar either: whoever reads it must not take it for whole.
func TestAFileThatShrinksBreaksTheTarOff(t *testing.T) {
	dir := worked(t)
	r, w := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		to := &meddler{after: "a.db", do: func() { _ = os.Truncate(filepath.Join(dir, "a.db"), 0) }}
		err := tarFolder(t.Context(), dir, io.MultiWriter(to, w))
		_ = w.CloseWithError(err)
	}()
	_, err := io.Copy(io.Discard, r)
	<-done
	if !errors.Is(err, errShrank) {
		t.Errorf("who reads it is told %v", err)
	}
}

func TestWhatGoesBeforeItIsReadWasNeverThere(t *testing.T) {
	dir := worked(t)
	to := &meddler{after: "a.db", do: func() { _ = errors.Join(os.Remove(filepath.Join(dir, "e")), os.RemoveAll(filepath.Join(dir, "c"))) }}
	if err := tarFolder(t.Context(), dir, to); err != nil {
		t.Fatal(err)
	}
	if got, want := filesIn(t, &to.Buffer), []string{"./a.db database", "./b.db-wal written ahead"}; !slices.Equal(got, want) {
		t.Errorf("it holds %q", got)
	}
	if err := tarFolder(t.Context(), filepath.Join(dir, "never"), io.Discard); err == nil {
		t.Error("a folder that is not there is taken for an empty one")
	}
}

// Only one can be paused, and the other would go on writing to what is copied.
func TestAVolumeOnWhichTwoRunIsNotCopied(t *testing.T) {
	one, two := volume.User{ID: "1", Name: "cloud", Running: true}, volume.User{ID: "2", Name: "viewer", Running: true}
	stopped, helper := volume.User{ID: "3", Name: "old"}, volume.User{ID: "4", Running: true, Helper: true}
	if id, err := toPause("v", []volume.User{stopped, helper}); id != "" || err != nil {
		t.Errorf("where none runs %q is paused, %v", id, err)
	}
	if id, err := toPause("v", []volume.User{stopped, one, helper}); id != "1" || err != nil {
		t.Errorf("where one runs %q is paused, %v", id, err)
	}
	if _, err := toPause("v", []volume.User{one, stopped, two}); !errors.Is(err, fault.VolumeInUse) || !strings.Contains(err.Error(), `"cloud" and "viewer"`) {
		t.Errorf("where two run it ends with %v", err)
	}
}
