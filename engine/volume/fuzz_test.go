package volume

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func FuzzListOfFiles(f *testing.F) {
	f.Add("41ed 4096 1790000000 " + mountRoot + "from/a\n81a4 12 1790000000 " + mountRoot + "from/b\nc\na1ff 3 -1 " + mountRoot + "from/l\n")
	f.Add("81a4 12 1790000000 /elsewhere\n" + "x 1 2 " + mountRoot + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		files := parseFiles(text)
		if len(files) > strings.Count(text, mountRoot) {
			t.Errorf("%d files of %q", len(files), text)
		}
		for i, file := range files {
			if strings.Contains(strings.SplitN(file.Name, "\n", 2)[0], "/") || file.Name == "" {
				t.Errorf("the name %q", file.Name)
			}
			if i > 0 && file.Mode.IsDir() && !files[i-1].Mode.IsDir() {
				t.Errorf("the folder %q comes behind a file", file.Name)
			}
		}
	})
}

func FuzzMovePaths(f *testing.F) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []tar.Header{
		{Typeflag: tar.TypeDir, Name: "./", Mode: 0o755},
		{Typeflag: tar.TypeReg, Name: "./ünï", Size: 3, PAXRecords: map[string]string{"SCHILY.xattr.user.a": "b", "comment": "c"}, Format: tar.FormatPAX},
		{Typeflag: tar.TypeSymlink, Name: "l", Linkname: "../x"},
		{Typeflag: tar.TypeLink, Name: "./h", Linkname: "./ünï"},
	} {
		if err := w.WriteHeader(&h); err != nil {
			f.Fatal(err)
		}
		if _, err := w.Write(make([]byte, h.Size)); err != nil {
			f.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("no tar"))
	f.Fuzz(func(t *testing.T, tape []byte) {
		var moved bytes.Buffer
		if movePaths(&moved, bytes.NewReader(tape), "projects") != nil {
			return
		}
		was, is := tar.NewReader(bytes.NewReader(tape)), tar.NewReader(&moved)
		for {
			from, err := was.Next()
			to, err2 := is.Next()
			if err != nil || err2 != nil {
				if !errors.Is(err, io.EOF) || !errors.Is(err2, io.EOF) {
					t.Errorf("the one ends with %v, the other with %v", err, err2)
				}
				return
			}
			if !strings.HasPrefix(to.Name, "projects/") || to.Typeflag == tar.TypeLink && !strings.HasPrefix(to.Linkname, "projects/") {
				t.Errorf("%q is moved to %q, which is a link to %q", from.Name, to.Name, to.Linkname)
			}
			one, err := io.ReadAll(was)
			other, err2 := io.ReadAll(is)
			if err != nil || err2 != nil || !bytes.Equal(one, other) {
				t.Errorf("%q holds %d bytes, moved %d (%v, %v)", from.Name, len(one), len(other), err, err2)
			}
		}
	})
}
