package backup

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// A volume may hold a disk's image that is all zeros: what Berth writes of it, Berth takes.
func TestABackupThatPacksAsABombDoesCanBeRestored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.berth")
	w, err := Create(path, noon)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Discard()
	tape := someTar(t, tar.Header{Name: "./a", Size: 1000})
	w.Begin("session")
	if _, err := w.Write(tape); err != nil {
		t.Fatal(err)
	}
	if err := w.End(Part{}); err != nil {
		t.Fatal(err)
	}
	const holds = 100 << 30
	w.parts[0].Bytes = holds // to write as many would take minutes
	size, err := w.Finish(Manifest{Sandbox: "default", Spec: json.RawMessage(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	if r.Size != size || size < holds/maxRatio || size > holds/maxRatio+1000 {
		t.Errorf("it is %d bytes, and told are %d", r.Size, size)
	}
	if held := room(t, path); held > 1<<20 {
		t.Errorf("it takes %d bytes of the disk", held)
	}

	// Other programs pass over what fills it.
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	z, err := zstd.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	text, err := io.ReadAll(z)
	if err != nil || !bytes.Contains(text, tape[:512]) || len(text) > 1<<16 {
		t.Errorf("unpacked it is %d bytes, %v", len(text), err)
	}
}
