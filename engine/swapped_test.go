package engine

import (
	"archive/tar"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth/engine/backup"
	"berth/engine/fault"
)

// written makes a backup whose one part holds a file of that content, and gives its manifest.
func written(t *testing.T, path, content string) backup.Manifest {
	t.Helper()
	var tape bytes.Buffer
	to := tar.NewWriter(&tape)
	err := to.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "./a", Size: int64(len(content))})
	if err == nil {
		_, err = to.Write([]byte(content))
	}
	if err = errors.Join(err, to.Close()); err != nil {
		t.Fatal(err)
	}
	w, err := backup.Create(path, time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Discard()
	w.Begin("session")
	_, err = w.Write(tape.Bytes())
	if err = errors.Join(err, w.End(backup.Part{})); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(backup.Manifest{Sandbox: "default", Spec: []byte(`{"name":"default"}`)}); err != nil {
		t.Fatal(err)
	}
	r, err := backup.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	return r.Manifest
}

// Somebody else may write where the backup lies: it is decided on by a good one, a hostile one must not be checked in its place.
func TestABackupThatIsSwappedBeforeItIsCheckedIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.berth")
	other := written(t, path, "another")
	read := written(t, path, "good")
	if err := verifySame(t.Context(), path, "portal", read, nil); err != nil {
		t.Errorf("one that is the same is refused: %v", err)
	}
	if err := verifySame(t.Context(), path, "portal", other, nil); !errors.Is(err, fault.BadInput) || !strings.Contains(err.Error(), "changed while it was read") {
		t.Errorf("one that was swapped ends with %v", err)
	}
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	if err := verifySame(t.Context(), path, "portal", read, nil); err == nil {
		t.Error("one that is cut is taken")
	}
}
