package volume

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What GNU tar wrote is unpacked by BusyBox's: names longer than its header has room for, of any bytes, and files with holes.
func TestBusyBoxUnpacksWhatGNUTarPacked(t *testing.T) {
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("needs busybox: run `make test`")
	}
	from, to := t.TempDir(), t.TempDir()
	long := strings.Repeat("a-folder-of-some-length/", 9) + "file-ü-\xff"
	if err := os.MkdirAll(filepath.Join(from, filepath.Dir(long)), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{long: "long", "short": "short"} {
		if err := os.WriteFile(filepath.Join(from, name), []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	holes := filepath.Join(from, "holes")
	if err := os.WriteFile(holes, []byte("begin"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(holes, 10<<20); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(from, long), filepath.Join(from, "same")); err != nil {
		t.Fatal(err)
	}
	packed, err := exec.Command("tar", "--create", "--file=-", "--directory="+from, "--format=pax", "--sparse", "--sort=name", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	plain, end := asGNU(bytes.NewReader(packed))
	defer end()
	unpack := exec.Command(busybox, "tar", "-x", "-p", "-f", "-", "-C", to)
	unpack.Stdin = plain
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command("diff", "-r", "--no-dereference", from, to).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	one, err := os.Stat(filepath.Join(to, long))
	if err != nil {
		t.Fatal(err)
	}
	if same, err := os.Stat(filepath.Join(to, "same")); err != nil || !os.SameFile(one, same) {
		t.Errorf("the hard link is another file, %v", err)
	}
}
