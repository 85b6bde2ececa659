package backup

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"berth/engine/fault"
)

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"format":1,"parts":[{"role":"session","bytes":1,"sha256":"` + strings.Repeat("a", 64) + `"}]}`))
	f.Add([]byte(`{"format":1,"parts":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseManifest(text)
		if err != nil {
			return
		}
		for _, p := range m.Parts {
			if p.Role == "" || strings.ContainsAny(p.Role, "/\\.") || p.Bytes < 0 {
				t.Errorf("taken: %+v", p)
			}
		}
	})
}

// sealed is a tar whose headers have the checksums they need, as far as they can be followed: a header that was changed would be
// refused for that alone.
func sealed(tape []byte) []byte {
	const block, sum, sumEnd, size, sizeEnd, kind = 512, 148, 156, 124, 136, 156
	tape = bytes.Clone(tape)
	for rest := tape; len(rest) >= block; {
		header := rest[:block]
		rest = rest[block:]
		if bytes.Count(header, []byte{0}) == block {
			continue // the mark of the end
		}
		copy(header[sum:sumEnd], "        ")
		n := 0
		for _, b := range header {
			n += int(b)
		}
		copy(header[sum:sumEnd], fmt.Sprintf("%06o\x00 ", n))
		content, err := strconv.ParseInt(strings.Trim(string(header[size:sizeEnd]), " \x00"), 8, 64)
		if err == nil && (header[kind] < '1' || header[kind] > '6') { // links, devices and folders have none
			rest = rest[min(int64(len(rest)), (max(0, content)+block-1)/block*block):]
		}
	}
	return tape
}

func FuzzCheckTar(f *testing.F) {
	link := tar.Header{Typeflag: tar.TypeSymlink, Name: "./l", Linkname: "/etc"}
	f.Add(someTar(f, tar.Header{Name: "./a", Size: 10}, link))
	f.Add(someTar(f, tar.Header{Name: "./l.d/a", Size: 10}, link, tar.Header{Typeflag: tar.TypeLink, Name: "./m", Linkname: "./l"}))
	f.Add(someTar(f, tar.Header{Name: "./a"}, tar.Header{Typeflag: tar.TypeLink, Name: "./h", Linkname: "./a"}, tar.Header{Typeflag: tar.TypeFifo, Name: "p"}))
	f.Add([]byte("no tar"))
	f.Fuzz(func(t *testing.T, tape []byte) {
		tape = sealed(tape)
		if CheckTar(bytes.NewReader(tape)) != nil {
			return
		}
		var links []string
		// below reports that whoever unpacks the tar would follow a link to that name.
		below := func(name string) bool {
			for _, one := range links {
				if one == "." || strings.HasPrefix(name, one+"/") {
					return true
				}
			}
			return false
		}
		leaves := func(name string) bool {
			return name == "" || path.IsAbs(name) || strings.Contains("/"+name+"/", "/../")
		}
		for in := tar.NewReader(bytes.NewReader(tape)); ; {
			h, err := in.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatalf("taken, and its end is %v", err)
			}
			name, target := path.Clean(h.Name), path.Clean(h.Linkname)
			if leaves(h.Name) || below(name) {
				t.Errorf("taken: %q, with the links %q", h.Name, links)
			}
			switch h.Typeflag {
			case tar.TypeSymlink:
				links = append(links, name)
			case tar.TypeLink:
				if leaves(h.Linkname) || below(target) {
					t.Errorf("taken: %q, a hard link to %q, with the links %q", h.Name, h.Linkname, links)
				}
				for _, one := range links {
					if one == target {
						links = append(links, name)
						break
					}
				}
			case tar.TypeReg, tar.TypeDir, tar.TypeFifo, tar.TypeGNUSparse:
				if below(name + "/") {
					t.Errorf("taken: %q, which is the link of that name", h.Name)
				}
			default:
				t.Errorf("taken: %q of the type %q", h.Name, h.Typeflag)
			}
		}
	})
}

// unpacked is the tar in a backup.
func unpacked(f *testing.F, path string) []byte {
	f.Helper()
	z, err := zstd.NewReader(bytes.NewReader(read(f, path)))
	if err != nil {
		f.Fatal(err)
	}
	defer z.Close()
	tape, err := io.ReadAll(z)
	if err != nil {
		f.Fatal(err)
	}
	return tape
}

// The tar is packed here: what is changed in a packed one fails its checksums, and nothing behind them is reached.
func FuzzOpen(f *testing.F) {
	f.Add(unpacked(f, write(f, someTar(f, tar.Header{Name: "./a", Size: 10}))))
	f.Add(unpacked(f, write(f, someTar(f, tar.Header{Typeflag: tar.TypeSymlink, Name: "./l", Linkname: "/etc"}), nil, []byte("no tar"))))
	f.Add([]byte("no tar"))
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		f.Fatal(err)
	}
	file := filepath.Join(f.TempDir(), "x.berth")
	f.Fuzz(func(t *testing.T, tape []byte) {
		if err := os.WriteFile(file, z.EncodeAll(sealed(tape), nil), 0o600); err != nil {
			t.Fatal(err)
		}
		refused := func(err error) {
			if why := (*fault.Error)(nil); !errors.As(err, &why) || !errors.Is(err, fault.BadInput) || why.Cause() == "" {
				t.Errorf("it is refused with %v, which does not say why", err)
			}
		}
		r, err := Open(file)
		if err != nil {
			refused(err)
			return
		}
		defer r.Close()
		if r.Manifest.Size() > 1<<20 {
			return // a file may hold gigabytes of zeros, and reading those takes its time
		}
		var got []Part
		err = r.Each(t.Context(), nil, func(p Part, tape io.Reader) error {
			n, err := io.Copy(io.Discard, tape)
			if n > p.Bytes || err == nil && n != p.Bytes {
				t.Errorf("of %s come %d bytes, of which the manifest says %d (%v)", p.Role, n, p.Bytes, err)
			}
			got = append(got, p)
			return err
		})
		if err != nil {
			refused(err)
		} else if len(got) != len(r.Manifest.Parts) {
			t.Errorf("of the parts %+v came %+v", r.Manifest.Parts, got)
		}
		if _, verified := Verify(t.Context(), file, nil); verified != nil {
			refused(verified)
		} else if err != nil {
			t.Errorf("it is verified, and read with %v", err)
		}
	})
}
