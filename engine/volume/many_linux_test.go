package volume

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"berth/engine/enginetest"
)

func TestAHundredThousandFilesAreCopiedWhole(t *testing.T) {
	enginetest.Slow(t)
	cli := enginetest.Shared(t).Client
	from, fromDir := newVolume(t, cli)
	to, toDir := newVolume(t, cli)
	const folders, each = 100, 1000
	for folder := range folders {
		dir := filepath.Join(fromDir, fmt.Sprintf("%03d", folder))
		if err := os.Mkdir(dir, 0o755); err != nil { //nolint:gosec // what a project has
			t.Fatal(err)
		}
		for n := range each {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d", n)), []byte(strings.Repeat("x", n%40)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	c := copierOf(t, cli, enginetest.BaseImage)
	sizes, err := c.Measure(t.Context(), from)
	if err != nil || sizes[from].Files < folders*each {
		t.Errorf("it holds %+v, %v", sizes[from], err)
	}
	tape, err := os.Create(filepath.Join(t.TempDir(), "tape"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tape.Close() }()
	if changed, err := c.Export(t.Context(), from, tape, Watch{For: "test"}); err != nil || changed != 0 {
		t.Fatalf("%d changed, %v", changed, err)
	}
	if _, err := tape.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if err := c.Import(t.Context(), to, tape, Watch{For: "test"}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(enginetest.StateOf(t, fromDir, true), enginetest.StateOf(t, toDir, true)); d != "" {
		t.Errorf("before (-) and after (+):\n%.2000s", d)
	}
}
