package main

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"berth/engine/backup"
	"berth/engine/enginetest/leak"
	"berth/engine/fault"
)

func TestMain(m *testing.M) { leak.Main(m) }

// The figure counts the reading that comes before anything is touched: with no volume to fill, it ends there.
func TestTheRestoreThatIsMeasuredChecksTheFileFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.berth")
	w, err := backup.Create(path, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w.Begin("projects")
	tape := tar.NewWriter(w)
	leadsOut := tape.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "../out", Mode: 0o600})
	if err := errors.Join(leadsOut, tape.Close(), w.End(backup.Part{})); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(backup.Manifest{Sandbox: "bench", Spec: json.RawMessage("{}")}); err != nil {
		t.Fatal(err)
	}
	if err := restore(t.Context(), nil, path, "none"); !errors.Is(err, fault.BadInput) {
		t.Errorf("it ends with %v", err)
	}
}
