package enginetest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// FillOddly puts everything into a folder that breaks copies. It needs root.
func FillOddly(t testing.TB, dir string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string, mode fs.FileMode) {
		t.Helper()
		must(os.WriteFile(at(name), []byte(text), 0o600))
		must(os.Chmod(at(name), mode))
	}
	must(os.MkdirAll(at("deep/er/est"), 0o755))
	write("deep/er/est/file", strings.Repeat("content ", 10_000), 0o640)
	write("not utf-8 \xff\xfe", "x", 0o644)
	write("a\nname\nof lines", "y", 0o600)
	write(strings.Repeat("l", 255), "long", 0o644)
	write(" space and 'quotes\" $(touch pwned) ;", "z", 0o644)
	write("-rf", "a dash first", 0o644)
	write("empty", "", 0o000)
	write("setuid", "#!/bin/sh\n", 0o755|fs.ModeSetuid)
	write("grüße 世界", "unicode", 0o644)
	must(os.Chown(at("deep/er/est/file"), 1000, 1000))
	must(os.Chown(at("setuid"), 1234, 5678))
	must(os.Chmod(at("setuid"), 0o755|fs.ModeSetuid|fs.ModeSetgid)) // the change of owner took it off
	must(os.Link(at("deep/er/est/file"), at("hard link")))
	must(os.Symlink("deep/er/est/file", at("relative link")))
	must(os.Symlink("/usr/bin/python3", at("absolute link")))
	must(os.Symlink("../../outside", at("link that leads out")))
	must(os.Symlink("dangling", at("deep/dangling")))
	must(os.Lchown(at("relative link"), 1000, 1000))
	must(unix.Mkfifo(at("pipe"), 0o622))
	sparse, err := os.Create(at("sparse"))
	must(err)
	_, err = sparse.WriteAt([]byte("end"), 64<<20)
	must(err)
	must(sparse.Close())
	must(unix.Lsetxattr(at("deep"), "user.note", []byte("of a folder"), 0))
	must(unix.Lsetxattr(at("deep/er/est/file"), "user.binary", []byte{0, 1, 2, 0xff}, 0))
	must(unix.Lsetxattr(at("setuid"), "security.capability", []byte("\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), 0))
	must(os.Mkdir(at("no rights"), 0o000))
	must(os.Mkdir(at("sticky"), 0o777))
	must(os.Chmod(at("sticky"), 0o777|fs.ModeSticky))
	odd := time.Date(2001, 2, 3, 4, 5, 6, 789_012_345, time.UTC)
	must(filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		odd = odd.Add(time.Hour + 1)
		stamp := unix.NsecToTimespec(odd.UnixNano())
		return unix.UtimesNanoAt(unix.AT_FDCWD, p, []unix.Timespec{stamp, stamp}, unix.AT_SYMLINK_NOFOLLOW)
	}))
	must(os.Chown(dir, 1000, 1000))
	must(os.Chmod(dir, 0o750))
	stamp := unix.NsecToTimespec(odd.UnixNano())
	must(unix.UtimesNanoAt(unix.AT_FDCWD, dir, []unix.Timespec{stamp, stamp}, 0))
}

// StateOf is all that can be said of what is in a folder, by name. With exact that includes parts of seconds, extended attributes
// and holes, which not every tar keeps.
func StateOf(t testing.TB, dir string, exact bool) map[string]string {
	t.Helper()
	all := map[string]string{}
	inodes := map[uint64]string{}
	err := filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, p)
		info, err := os.Lstat(p)
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		modified := info.ModTime().UTC().Format(time.RFC3339Nano)
		if !exact {
			modified = info.ModTime().UTC().Format(time.RFC3339)
		}
		says := fmt.Sprintf("%s %d:%d %s", info.Mode(), st.Uid, st.Gid, modified)
		switch {
		case info.Mode().IsRegular():
			file, err := os.Open(p)
			if err != nil {
				return err
			}
			sum := sha256.New()
			_, err = io.Copy(sum, file)
			_ = file.Close()
			if err != nil {
				return err
			}
			says += fmt.Sprintf(" %d bytes %s", info.Size(), hex.EncodeToString(sum.Sum(nil))[:16])
			if st.Nlink > 1 {
				if first, ok := inodes[st.Ino]; ok {
					says += " is " + first
				} else {
					inodes[st.Ino] = name
				}
			}
			if exact && st.Blocks*512 < info.Size()/2 {
				says += " with holes"
			}
		case info.Mode().Type() == fs.ModeSymlink:
			target, err := os.Readlink(p)
			if err != nil {
				return err
			}
			says += " -> " + target
		}
		if exact {
			says += attributes(p)
		}
		all[name] = says
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// attributes are a file's extended attributes.
func attributes(p string) string {
	buf := make([]byte, 4096)
	n, err := unix.Llistxattr(p, buf)
	if err != nil {
		return ""
	}
	names := strings.FieldsFunc(string(buf[:n]), func(r rune) bool { return r == 0 })
	slices.Sort(names)
	var all strings.Builder
	for _, name := range names {
		value := make([]byte, 4096)
		if n, err := unix.Lgetxattr(p, name, value); err == nil {
			fmt.Fprintf(&all, " %s=%x", name, value[:n])
		}
	}
	return all.String()
}
