package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"berth/engine/enginetest/leak"
	"berth/engine/fault"
)

func TestMain(m *testing.M) { leak.Main(m) }

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// someTar is a tar of entries.
func someTar(t testing.TB, entries ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range entries {
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		body := make([]byte, h.Size)
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// write writes a backup of parts, in the order of the roles.
func write(t testing.TB, parts ...[]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), FileName("default", noon))
	w, err := Create(path, noon)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Discard()
	for i, p := range parts {
		w.Begin([]string{"session", "projects", "config"}[i])
		for len(p) > 0 { // in odd pieces, as they come from the wire
			n := min(len(p), 33_333)
			if _, err := w.Write(p[:n]); err != nil {
				t.Fatal(err)
			}
			p = p[n:]
		}
		if err := w.End(Part{Files: 7}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Finish(Manifest{Sandbox: "default", Spec: json.RawMessage(`{"name":"default"}`), State: "paused"}); err != nil {
		t.Fatal(err)
	}
	return path
}

func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	large := append(someTar(t, tar.Header{Name: "./a", Size: 10 << 20}), noise(3*pieceSize+17)...)
	small := someTar(t, tar.Header{Name: "./b", Size: 3})
	path := write(t, large, small, nil)
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if m := r.Manifest; m.Sandbox != "default" || m.Format != 1 || !m.Created.Equal(noon) || len(m.Parts) != 3 || m.Parts[0].Files != 7 || m.Size() != int64(len(large)+len(small)) {
		t.Errorf("manifest %+v", m)
	}
	var got [][]byte
	var told int64
	if err := r.Each(t.Context(), func(n int64) { told = n }, func(_ Part, tape io.Reader) error {
		b, err := io.ReadAll(tape)
		got = append(got, b)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]byte{large, small, {}} {
		if !bytes.Equal(got[i], want) {
			t.Errorf("part %d is %d bytes, want %d", i, len(got[i]), len(want))
		}
	}
	if told != r.Size {
		t.Errorf("it told of %d of %d bytes", told, r.Size)
	}
}

// What a part's reader leaves is read and checked all the same.
func TestAPartThatIsNotReadIsCheckedAllTheSame(t *testing.T) {
	path := write(t, noise(100_000))
	spoil(t, path, headSize+50_000)
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Each(t.Context(), nil, func(Part, io.Reader) error { return nil }); !errors.Is(err, fault.BadInput) {
		t.Errorf("got %v", err)
	}
}

func spoil(t *testing.T, path string, at int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[at] ^= 0xff
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedFileIsRefusedWithWhatWasFound(t *testing.T) {
	whole := write(t, someTar(t, tar.Header{Name: "./a", Size: 100_000}), noise(pieceSize+500_000))
	size := len(read(t, whole))
	for name, c := range map[string]struct {
		damage func([]byte) []byte
		want   string
	}{
		"empty":                    {func([]byte) []byte { return nil }, "not a backup"},
		"text":                     {func([]byte) []byte { return []byte("hello") }, "not a backup"},
		"never finished":           {func(b []byte) []byte { copy(b, make([]byte, headSize)); return b }, "not a backup"},
		"cut in the manifest":      {func(b []byte) []byte { return b[:100] }, "not a backup"},
		"cut behind the manifest":  {func(b []byte) []byte { return b[:headSize] }, "in the middle of its session"},
		"cut in a part":            {func(b []byte) []byte { return b[:size-400_000] }, "its projects"},
		"cut in the last kilobyte": {func(b []byte) []byte { return b[:size-10] }, ""},
		"one byte of a part":       {func(b []byte) []byte { b[size-300_000] ^= 1; return b }, "projects"},
		"something behind it":      {func(b []byte) []byte { return append(b, noise(1000)...) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.berth")
			if err := os.WriteFile(path, c.damage(read(t, whole)), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Verify(t.Context(), path, nil)
			if name == "something behind it" { // tar ends where it says; what follows is nobody's
				if err != nil && !errors.Is(err, fault.BadInput) {
					t.Errorf("got %v", err)
				}
				return
			}
			if !errors.Is(err, fault.BadInput) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// forge makes a file of a manifest and tar entries that need not fit.
func forge(t *testing.T, manifest string, entries ...tar.Header) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "forged.berth")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	z, err := zstd.NewWriter(file)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for _, h := range append([]tar.Header{{Name: manifestName, Size: int64(len(manifest))}}, entries...) {
		h.Typeflag = tar.TypeReg
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		body := io.Reader(bytes.NewReader(make([]byte, h.Size)))
		if h.Name == manifestName {
			body = strings.NewReader(manifest)
		}
		if _, err := io.Copy(w, body); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAForgedFileIsRefused(t *testing.T) {
	sum := strings.Repeat("0", 64)
	for name, c := range map[string]struct {
		manifest string
		entries  []tar.Header
		want     string
	}{
		"no JSON":                 {`{`, nil, "damaged"},
		"a newer format":          {`{"format":9}`, nil, "newer Berth"},
		"no format":               {`{}`, nil, "no format"},
		"a part with a path":      {`{"format":1,"parts":[{"role":"../x","bytes":1,"sha256":"` + sum + `"}]}`, nil, "names a part"},
		"a part twice":            {`{"format":1,"parts":[{"role":"a","bytes":1,"sha256":"` + sum + `"},{"role":"a","bytes":1,"sha256":"` + sum + `"}]}`, nil, "names a part"},
		"a negative size":         {`{"format":1,"parts":[{"role":"a","bytes":-1,"sha256":"` + sum + `"}]}`, nil, "no size"},
		"no checksum":             {`{"format":1,"parts":[{"role":"a","bytes":1}]}`, nil, "checksum"},
		"a wrong checksum":        {`{"format":1,"parts":[{"role":"a","bytes":5,"sha256":"` + sum + `"}]}`, []tar.Header{{Name: "a.tar.00000", Size: 5}}, "in its a"},
		"more than it says":       {`{"format":1,"parts":[{"role":"a","bytes":5,"sha256":"` + sum + `"}]}`, []tar.Header{{Name: "a.tar.00000", Size: 500 << 20}}, "larger than its manifest says"},
		"pieces out of order":     {`{"format":1,"parts":[{"role":"a","bytes":5,"sha256":"` + sum + `"}]}`, []tar.Header{{Name: "a.tar.00001", Size: 5}}, "should go on"},
		"empty pieces for ever":   {`{"format":1,"parts":[{"role":"a","bytes":5,"sha256":"` + sum + `"}]}`, []tar.Header{{Name: "a.tar.00000"}}, "should go on"},
		"a bomb":                  {`{"format":1,"parts":[{"role":"a","bytes":900000000000,"sha256":"` + sum + `"}]}`, nil, "claim to hold"},
		"something undeclared":    {`{"format":1}`, []tar.Header{{Name: "etc/passwd", Size: 5}}, "says nothing"},
		"a manifest of gigabytes": {`{"format":1,"x":"` + strings.Repeat("x", maxManifest) + `"}`, nil, "manifest"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Verify(t.Context(), forge(t, c.manifest, c.entries...), nil); !errors.Is(err, fault.BadInput) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestAHostileTarIsRefusedWithWhatWasFound(t *testing.T) {
	link := func(name, to string) tar.Header {
		return tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: to}
	}
	hard := func(name, to string) tar.Header { return tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: to} }
	dir := tar.Header{Typeflag: tar.TypeDir, Name: "./", Mode: 0o755}
	for name, c := range map[string]struct {
		entries []tar.Header
		want    string // "" when it is fine
	}{
		"ordinary":                      {[]tar.Header{dir, {Name: "./a/b", Size: 3}, link("./l", "a/b"), hard("./h", "./a/b")}, ""},
		"a link that leads out as data": {[]tar.Header{link("./venv/bin/python", "/usr/bin/python3"), link("./x", "../../y")}, ""},
		"a pipe":                        {[]tar.Header{{Typeflag: tar.TypeFifo, Name: "./p"}}, ""},
		"a link, and a hard link to it": {[]tar.Header{link("./l", "/etc"), hard("./m", "./l")}, ""},
		"dots in a name":                {[]tar.Header{{Name: "./..a/b..", Size: 1}}, ""},
		"an absolute path":              {[]tar.Header{{Name: "/etc/passwd", Size: 1}}, "absolute"},
		"dots":                          {[]tar.Header{{Name: "./a/../../b", Size: 1}}, "leads out"},
		"dots at the end":               {[]tar.Header{{Name: "./a/..", Typeflag: tar.TypeDir}}, "leads out"},
		"below a link":                  {[]tar.Header{link("./l", "/etc"), {Name: "./l/passwd", Size: 1}}, "below the symbolic link"},
		"below a link, further down":    {[]tar.Header{link("./d/l", ".."), {Name: "./d/l/x/y", Size: 1}}, "below the symbolic link"},
		"through a link":                {[]tar.Header{link("./l", "/etc/passwd"), {Name: "./l", Size: 1}}, "through the symbolic link"},
		"a hard link that leads out":    {[]tar.Header{hard("./h", "../../etc/shadow")}, "leads out"},
		"an absolute hard link":         {[]tar.Header{hard("./h", "/etc/shadow")}, "leads out"},
		"a hard link through a link":    {[]tar.Header{link("./l", "/etc"), hard("./h", "./l/shadow")}, "through the symbolic link"},
		"below a hard link to a link":   {[]tar.Header{link("./l", "/etc"), hard("./m", "./l"), {Name: "./m/x", Size: 1}}, "below the symbolic link"},
		"a link in place of the volume": {[]tar.Header{link("./", "/etc"), {Name: "./passwd", Size: 1}}, "in place of the volume"},
		"a device":                      {[]tar.Header{{Typeflag: tar.TypeBlock, Name: "./sda"}}, "device"},
		"a character device":            {[]tar.Header{{Typeflag: tar.TypeChar, Name: "./mem"}}, "device"},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, someTar(t, c.entries...))
			_, err := Verify(t.Context(), path, nil)
			if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, fault.BadInput) || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestABackupThatIsNotFinishedLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(filepath.Join(dir, "new", "x.berth"), noon)
	if err != nil {
		t.Fatal(err)
	}
	w.Begin("session")
	if _, err := w.Write(noise(2 * pieceSize)); err != nil {
		t.Fatal(err)
	}
	w.Discard()
	if left, err := os.ReadDir(filepath.Join(dir, "new")); err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestABackupIsThisUsersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has other permissions")
	}
	path := write(t, noise(10))
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("it is %v, %v", info.Mode(), err)
	}
}

func TestAFolderThatTakesNothingIsSaid(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc, which takes no files")
	}
	_, err := Create("/proc/berth/x.berth", noon)
	if err == nil {
		t.Fatal("it was created")
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full")
	}
	defer func() { _ = full.Close() }()
	_, err = full.Write([]byte("x"))
	f := writeFault("write", "/x/y", err)
	if !errors.Is(f, fault.DiskFull) || !strings.Contains(f.Error(), "/x") {
		t.Errorf("a full disk reads %v", f)
	}
}

func TestReadingCanBeCancelled(t *testing.T) {
	path := write(t, noise(8<<20))
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(fault.New(fault.Cancelled, "", "cancelled"))
	if _, err := Verify(ctx, path, nil); !errors.Is(err, fault.Cancelled) {
		t.Errorf("got %v", err)
	}
}

func TestAFilesNameSaysSandboxAndTime(t *testing.T) {
	name := FileName("my-box", noon)
	if name != "my-box-20261125-120000.berth" {
		t.Error(name)
	}
	if of, at, ok := NameOf("/a/b/" + name); of != "my-box" || !at.Equal(noon) || !ok {
		t.Errorf("%q %v %v", of, at, ok)
	}
	for _, other := range []string{"x.berth", "my-box-20261125-120000.tar", "-.berth", "Box-20261125-120000.berth"} {
		if _, _, ok := NameOf(other); ok {
			t.Errorf("%q was taken for one", other)
		}
	}
}

func TestWhatAKilledOneLeftHalfWrittenIsTakenAwayByALaterOne(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	old, fresh, foreign := ".a-20261101-120000.berth.123", ".a-20261125-110000.berth.456", ".a.berth.notes"
	for name, age := range map[string]time.Duration{old: 25 * time.Hour, fresh: time.Hour, foreign: 1000 * time.Hour, "a-20261101-120000.berth": 1000 * time.Hour} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	w, err := Create(filepath.Join(dir, "b.berth"), now)
	if err != nil {
		t.Fatal(err)
	}
	w.Discard()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 3 || slices.ContainsFunc(left, func(e os.DirEntry) bool { return e.Name() == old }) {
		t.Errorf("left are %v, %v", left, err)
	}
}
