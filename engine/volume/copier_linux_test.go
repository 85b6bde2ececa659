package volume

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
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

	"github.com/docker/docker/api/types/container"
	dockervolume "github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"berth/engine/enginetest"
	"berth/engine/fault"
)

// newVolume makes a volume and gives the folder it is on this computer.
func newVolume(t *testing.T, cli *client.Client) (name, dir string) {
	t.Helper()
	v, err := cli.VolumeCreate(t.Context(), dockervolume.CreateOptions{Name: "copy-" + enginetest.Name(t)})
	if err != nil {
		t.Fatal(err)
	}
	return v.Name, v.Mountpoint
}

// fillOddly puts everything into a folder that breaks copies.
func fillOddly(t *testing.T, dir string) {
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

// state is all that can be said of what is in a folder, by name.
func state(t *testing.T, dir string, exact bool) map[string]string {
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

func copierOf(t *testing.T, cli *client.Client, image string) *Copier {
	t.Helper()
	c, err := NewCopier(t.Context(), cli, image)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// roundTrip exports a volume into a file, imports it into another that held something else, and compares the two.
func roundTrip(t *testing.T, cli *client.Client, c *Copier, exact bool) {
	from, fromDir := newVolume(t, cli)
	to, toDir := newVolume(t, cli)
	fillOddly(t, fromDir)
	if err := os.WriteFile(filepath.Join(toDir, "of before"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	changed, err := c.Export(t.Context(), from, &archive, Watch{For: "test"})
	if err != nil || changed != 0 {
		t.Fatalf("%d changed, %v", changed, err)
	}
	if err := c.Import(t.Context(), to, bytes.NewReader(archive.Bytes()), Watch{For: "test"}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(state(t, fromDir, exact), state(t, toDir, exact)); d != "" {
		t.Errorf("before (-) and after (+):\n%s", d)
	}
	if !exact {
		return
	}
	var again bytes.Buffer
	if _, err := c.Export(t.Context(), to, &again, Watch{For: "test"}); err != nil {
		t.Fatal(err)
	}
	if sha256.Sum256(archive.Bytes()) != sha256.Sum256(again.Bytes()) {
		t.Error("the stream of what came out is another one")
	}
}

func TestWhatIsExportedAndImportedIsTheSameBitForBit(t *testing.T) {
	onBoth(t, func(t *testing.T, cli *client.Client) {
		c := copierOf(t, cli, enginetest.BaseImage)
		if !c.gnu {
			t.Fatal("the base image has no GNU tar")
		}
		roundTrip(t, cli, c, true)
	})
}

// Where the image has no GNU tar the engine's archive API does it, or a plain tar: times are cut to seconds, and attributes go.
func TestWithoutGNUTarAllButAttributesIsCopied(t *testing.T) {
	onBoth(t, func(t *testing.T, cli *client.Client) {
		c := copierOf(t, cli, enginetest.BaseImage)
		c.gnu = false
		roundTrip(t, cli, c, false)
	})
}

func TestACopyIsTheSameBitForBit(t *testing.T) {
	onBoth(t, func(t *testing.T, cli *client.Client) {
		from, fromDir := newVolume(t, cli)
		to, toDir := newVolume(t, cli)
		fillOddly(t, fromDir)
		if err := os.WriteFile(filepath.Join(toDir, "of before"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		var files int64
		err := copierOf(t, cli, enginetest.BaseImage).Copy(t.Context(), from, to, Watch{For: "test", Files: func(n int64) { files = n }})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(state(t, fromDir, true), state(t, toDir, true)); d != "" {
			t.Errorf("before (-) and after (+):\n%s", d)
		}
		if files < 15 {
			t.Errorf("it told of %d files", files)
		}
	})
}

func TestVolumesAreMeasuredAndListed(t *testing.T) {
	onBoth(t, func(t *testing.T, cli *client.Client) {
		name, dir := newVolume(t, cli)
		fillOddly(t, dir)
		c := copierOf(t, cli, enginetest.BaseImage)
		sizes, err := c.Measure(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if s := sizes[name]; s.Bytes < 64<<20 || s.Bytes > 65<<20 || s.Files < 20 || s.Files > 30 {
			t.Errorf("it holds %+v", s)
		}
		files, err := c.Files(t.Context(), name, "/../deep/..")
		if err != nil {
			t.Fatal(err)
		}
		byName := map[string]File{}
		for _, f := range files {
			byName[f.Name] = f
		}
		if f := byName["a\nname\nof lines"]; f.Size != 1 || f.Mode != 0o600 {
			t.Errorf("the name of lines is %+v", f)
		}
		if f := byName["absolute link"]; f.Mode.Type() != fs.ModeSymlink {
			t.Errorf("the link is %+v", f)
		}
		if !files[0].Mode.IsDir() || byName["sparse"].Size != 64<<20+3 {
			t.Errorf("files %+v", files)
		}
		var out bytes.Buffer
		if folder, err := c.Save(t.Context(), name, "deep/er/est/file", &out); err != nil || folder || out.String() != strings.Repeat("content ", 10_000) {
			t.Errorf("saved %d bytes, folder %v, %v", out.Len(), folder, err)
		}
		if _, err := c.Save(t.Context(), name, "absolute link", &out); !errors.Is(err, fault.BadInput) {
			t.Errorf("a link that leads out of the volume was followed: %v", err)
		}
	})
}

// What is paused goes on when the copy is over, also when it failed; and what Berth died in is found by the helper's label.
func TestWhatIsPausedForACopyGoesOn(t *testing.T) {
	cli := enginetest.Shared(t).Client
	name, dir := newVolume(t, cli)
	fillOddly(t, dir)
	c := copierOf(t, cli, enginetest.BaseImage)
	made, err := cli.ContainerCreate(t.Context(), &container.Config{Image: enginetest.BaseImage, Cmd: []string{"sleep", "1000"}}, nil, nil, nil, enginetest.Name(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := cli.ContainerStart(t.Context(), made.ID, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	paused := func() bool {
		got, err := cli.ContainerInspect(t.Context(), made.ID)
		if err != nil {
			t.Fatal(err)
		}
		return got.State.Paused
	}
	seen := false
	if _, err := c.Export(t.Context(), name, writerFunc(func(p []byte) (int, error) {
		seen = seen || paused()
		return len(p), nil
	}), Watch{For: "test", Pause: made.ID}); err != nil {
		t.Fatal(err)
	}
	if !seen || paused() {
		t.Errorf("it was paused: %v; it still is: %v", seen, paused())
	}
	full := errors.New("no room")
	if _, err := c.Export(t.Context(), name, writerFunc(func([]byte) (int, error) { return 0, full }), Watch{For: "test", Pause: made.ID}); !errors.Is(err, full) {
		t.Errorf("the cause is lost: %v", err)
	}
	if paused() {
		t.Error("after a failure it is still paused")
	}

	left, err := helper{For: "test", Pause: made.ID, Image: enginetest.BaseImage, Command: []string{"true"}}.create(t.Context(), cli)
	if err != nil {
		t.Fatal(err)
	}
	if err := cli.ContainerPause(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	one, err := cli.ContainerInspect(t.Context(), left)
	if err != nil {
		t.Fatal(err)
	}
	unpaused, err := Sweep(t.Context(), cli, []container.Summary{{ID: left, Labels: one.Config.Labels}})
	if err != nil || len(unpaused) != 1 || paused() {
		t.Errorf("it let %q go on, %v; paused %v", unpaused, err, paused())
	}
	if _, err := cli.ContainerInspect(t.Context(), left); err == nil {
		t.Error("the helper is still there")
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestACopyCanBeCancelledAndLeavesNoHelper(t *testing.T) {
	onBoth(t, func(t *testing.T, cli *client.Client) {
		name, dir := newVolume(t, cli)
		fillOddly(t, dir)
		c := copierOf(t, cli, enginetest.BaseImage)
		ctx, cancel := context.WithCancel(t.Context())
		what := enginetest.Name(t)
		_, err := c.Export(ctx, name, writerFunc(func(p []byte) (int, error) {
			cancel()
			<-ctx.Done()
			return len(p), nil
		}), Watch{For: what})
		if !errors.Is(err, fault.Cancelled) {
			t.Errorf("it ends with %v", err)
		}
		list, err := cli.ContainerList(t.Context(), container.ListOptions{All: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range list {
			if one.Labels[LabelHelper] == what {
				t.Errorf("the helper %s is still there", one.ID)
			}
		}
	})
}

func TestAVolumeIsGivenToAnotherUser(t *testing.T) {
	cli := enginetest.Shared(t).Client
	name, dir := newVolume(t, cli)
	fillOddly(t, dir)
	if err := copierOf(t, cli, enginetest.BaseImage).Own(t.Context(), 1000, 1000, "test", name); err != nil {
		t.Fatal(err)
	}
	for path, says := range state(t, dir, false) {
		if !strings.Contains(says, " 1000:1000 ") {
			t.Errorf("%q is %s", path, says)
		}
	}
}

func TestALeaseKeepsOthersOutAndEndsWithItsHolder(t *testing.T) {
	for name, e := range map[string]*enginetest.Engine{"Docker": enginetest.Shared(t), "Podman": enginetest.Podman(t)} {
		t.Run(name, func(t *testing.T) {
			sandbox := enginetest.Name(t)
			release, err := Lease(t.Context(), e.Client, enginetest.BaseImage, sandbox)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Lease(t.Context(), e.Client, enginetest.BaseImage, sandbox); !errors.Is(err, fault.NameTaken) {
				t.Errorf("it was given twice: %v", err)
			}
			release()
			gate := enginetest.NewGate(t, e.Host)
			cli, err := client.NewClientWithOpts(client.WithHost(gate.Host), client.WithAPIVersionNegotiation())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = cli.Close() }()
			if _, err := Lease(t.Context(), cli, enginetest.BaseImage, sandbox); err != nil {
				t.Fatal(err)
			}
			held := func() bool {
				list, err := e.Client.ContainerList(t.Context(), container.ListOptions{})
				if err != nil {
					t.Fatal(err)
				}
				return Leased(list)[sandbox] != ""
			}
			if !held() {
				t.Error("it is not held")
			}
			gate.Die()
			enginetest.Eventually(t, 30*time.Second, "the lease to end", func() bool { return !held() })
			release, err = Lease(t.Context(), e.Client, enginetest.BaseImage, sandbox)
			if err != nil {
				t.Fatal(err)
			}
			release()
		})
	}
}
