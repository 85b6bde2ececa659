package volume

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"berth/engine/fault"
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

// What counts the files is of an image that may be anybody's.
func FuzzSizesOfVolumes(f *testing.F) {
	f.Add("0 12 40960 /berth/0\n1 1 4 /berth/1 KiB\n", int64(5), int64(4096))
	f.Add("0 0 -4 x\n1 9223372036854775807 9223372036854775807 x KiB\n2 3\n7 1 1 x\n", int64(0), int64(0))
	f.Fuzz(func(t *testing.T, text string, files, n int64) {
		volumes := []string{"a", "b"}
		sizes := parseSizes(text, volumes)
		var sum int64
		for name, size := range sizes {
			if !slices.Contains(volumes, name) || size.Files < 0 || size.Bytes < 0 {
				t.Errorf("%q holds %+v", name, size)
			}
			sum += size.Bytes + size.Files*1792 // as a backup guesses its length
		}
		if sum < 0 {
			t.Errorf("%+v are %d bytes", sizes, sum)
		}
		want := Size{Bytes: n & (maxSize - 1), Files: files & (maxSize - 1)}
		said := fmt.Sprintf("%s\n1 %d %d %s1\n", text, want.Files+1, want.Bytes, mountRoot)
		if got := parseSizes(said, volumes); got["b"] != want || got["a"] != sizes["a"] {
			t.Errorf("%q is read as %+v", said, got)
		}
	})
}

func FuzzOwnerOfAMountPoint(f *testing.F) {
	f.Add([]byte("no tar"), 1000, 1000, int64(0o755), 1000, 1000)
	f.Add(make([]byte, 1024), 0, 0, int64(0o2777), 65534, 1)
	f.Fuzz(func(t *testing.T, behind []byte, uid, gid int, mode int64, user, group int) {
		const most = 1 << 30
		uid, gid, user, group, mode = uid&(most-1), gid&(most-1), user&(most-1), group&(most-1), mode&0o7777
		if h, err := headerOf("/x", bytes.NewReader(behind)); (h == nil) != (err != nil) {
			t.Errorf("got %+v, %v", h, err)
		} else if why := (*fault.Error)(nil); err != nil && (!errors.As(err, &why) || why.Cause() == "") {
			t.Errorf("%v does not say why", err)
		}
		var archive bytes.Buffer
		err := tar.NewWriter(&archive).WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "x/", Mode: mode, Uid: uid, Gid: gid})
		if err != nil {
			t.Fatal(err)
		}
		h, err := headerOf("/x", io.MultiReader(&archive, bytes.NewReader(behind)))
		if err != nil {
			t.Fatal(err)
		}
		// As the kernel decides it: by the first of the three that the user is.
		may := mode >> 1 & 1
		if uid == user {
			may = mode >> 7 & 1
		} else if gid == group {
			may = mode >> 4 & 1
		}
		if got := writable(h, user, group); got != (may == 1) {
			t.Errorf("a folder of %d:%d with %o can be written by %d:%d: %v", uid, gid, mode, user, group, got)
		}
		if got := owns(h, user, group); got != (uid == user && gid == group && mode>>6&7 == 7) {
			t.Errorf("a folder of %d:%d with %o is one of %d:%d: %v", uid, gid, mode, user, group, got)
		}
	})
}
