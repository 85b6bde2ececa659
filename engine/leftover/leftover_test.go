package leftover

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"berth/engine/enginetest/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestOnlyWhatWasHalfWrittenBesideTheFileGoes(t *testing.T) {
	dir := t.TempDir()
	stay := []string{".tmp-a-index.json12", ".tmp-a.json", ".tmp-a.json.12", ".tmp-a.jsonx", "a.json", "a.json12"}
	for _, name := range append([]string{".tmp-a.json12", ".tmp-a.json3"}, stay...) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, ".tmp-a.json4"), 0o700); err != nil {
		t.Fatal(err)
	}
	Remove(filepath.Join(dir, "a.json"))
	Remove(filepath.Join(dir, "nowhere", "a.json"))
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, f := range files {
		left = append(left, f.Name())
	}
	if want := append([]string{".tmp-a.json4"}, stay...); len(left) != len(want) || !slices.Equal(left, slices.Sorted(slices.Values(want))) {
		t.Errorf("left are %q, want %q", left, want)
	}
}
