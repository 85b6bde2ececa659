package volume

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/mount"
	dockervolume "github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"
	"github.com/google/go-cmp/cmp"

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
	enginetest.FillOddly(t, fromDir)
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
	if d := cmp.Diff(enginetest.StateOf(t, fromDir, exact), enginetest.StateOf(t, toDir, exact)); d != "" {
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
		enginetest.FillOddly(t, fromDir)
		if err := os.WriteFile(filepath.Join(toDir, "of before"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		var files int64
		err := copierOf(t, cli, enginetest.BaseImage).Copy(t.Context(), from, to, Watch{For: "test", Files: func(n int64) { files = n }})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(enginetest.StateOf(t, fromDir, true), enginetest.StateOf(t, toDir, true)); d != "" {
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
		enginetest.FillOddly(t, dir)
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
	enginetest.FillOddly(t, dir)
	c := copierOf(t, cli, enginetest.BaseImage)
	id := sleeping(t, cli)
	paused := func() bool {
		got, err := cli.ContainerInspect(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return got.State.Paused
	}
	seen := false
	if _, err := c.Export(t.Context(), name, writerFunc(func(p []byte) (int, error) {
		seen = seen || paused()
		return len(p), nil
	}), Watch{For: "test", Pause: id}); err != nil {
		t.Fatal(err)
	}
	if !seen || paused() {
		t.Errorf("it was paused: %v; it still is: %v", seen, paused())
	}
	full := errors.New("no room")
	if _, err := c.Export(t.Context(), name, writerFunc(func([]byte) (int, error) { return 0, full }), Watch{For: "test", Pause: id}); !errors.Is(err, full) {
		t.Errorf("the cause is lost: %v", err)
	}
	if paused() {
		t.Error("after a failure it is still paused")
	}

	left, err := helper{For: "test", Pause: id, Image: enginetest.BaseImage, Command: []string{"true"}}.create(t.Context(), cli)
	if err != nil {
		t.Fatal(err)
	}
	if err := cli.ContainerPause(t.Context(), id); err != nil {
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

// A Berth that dies between making a helper and starting it leaves one that never ends, and holds its volumes.
func TestAHelperThatNobodyStartsIsTakenAwayAfterAWhile(t *testing.T) {
	onBoth(t, func(t *testing.T, cli *client.Client) {
		name, _ := newVolume(t, cli)
		id, err := helper{
			For: anyone, Image: enginetest.BaseImage, Command: []string{"true"}, Mounts: []mount.Mount{mounted(mount.TypeVolume, name, "from", true)},
		}.create(t.Context(), cli)
		if err != nil {
			t.Fatal(err)
		}
		list, err := cli.ContainerList(t.Context(), container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("id", id))})
		if err != nil || len(list) != 1 {
			t.Fatalf("it is listed as %+v, %v", list, err)
		}
		there := func() bool {
			_, err := cli.ContainerInspect(t.Context(), id)
			return err == nil
		}
		if _, err := Sweep(t.Context(), cli, list); err != nil || !there() {
			t.Errorf("it was not left to whoever is about to start it: %v", err)
		}
		list[0].Created -= int64(unstarted/time.Second) + 1
		if _, err := Sweep(t.Context(), cli, list); err != nil || there() {
			t.Errorf("it is still there: %v", err)
		}
		if err := cli.VolumeRemove(t.Context(), name, false); err != nil {
			t.Errorf("its volume cannot be deleted: %v", err)
		}
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestACopyCanBeCancelledAndLeavesNoHelper(t *testing.T) {
	onBoth(t, func(t *testing.T, cli *client.Client) {
		name, dir := newVolume(t, cli)
		enginetest.FillOddly(t, dir)
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
	enginetest.FillOddly(t, dir)
	if err := copierOf(t, cli, enginetest.BaseImage).Own(t.Context(), 1000, 1000, "test", name); err != nil {
		t.Fatal(err)
	}
	for path, says := range enginetest.StateOf(t, dir, false) {
		if !strings.Contains(says, " 1000:1000 ") {
			t.Errorf("%q is %s", path, says)
		}
	}
}

func TestWhoHoldsASandboxIsNotKeptOutByItself(t *testing.T) {
	e, sandbox := enginetest.Shared(t), enginetest.Name(t)
	held, release, err := Hold(t.Context(), e.Client, enginetest.BaseImage, sandbox)
	if err != nil {
		t.Fatal(err)
	}
	_, inner, err := Hold(held, e.Client, enginetest.BaseImage, sandbox)
	if err != nil {
		t.Fatalf("a further step is kept out: %v", err)
	}
	inner()
	if !Holds(held, sandbox) || Holds(held, sandbox+"-2") || NotHeld(t.Context(), e.Client, sandbox) == nil {
		t.Error("the end of the further step ended the whole")
	}
	if _, _, err := Hold(t.Context(), e.Client, enginetest.BaseImage, sandbox); !errors.Is(err, fault.NameTaken) {
		t.Errorf("it was given to somebody else too: %v", err)
	}
	release()
	if err := NotHeld(t.Context(), e.Client, sandbox); err != nil {
		t.Errorf("it is still held: %v", err)
	}
}

// Another Berth that connects just then finds a lease that does not run, as one whose program died.
func TestALeaseThatIsSweptBeforeItsStartIsMadeAnew(t *testing.T) {
	for name, e := range map[string]*enginetest.Engine{"Docker": enginetest.Shared(t), "Podman": enginetest.Podman(t)} {
		t.Run(name, func(t *testing.T) {
			sandbox := enginetest.Name(t)
			gate := enginetest.NewGate(t, e.Host)
			swept := false
			gate.Before(func(request string) bool { return strings.HasSuffix(request, "/start") }, func() {
				err := e.Client.ContainerRemove(t.Context(), leaseName(sandbox), container.RemoveOptions{})
				swept = err == nil
			})
			cli, err := client.NewClientWithOpts(client.WithHost(gate.Host), client.WithAPIVersionNegotiation())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = cli.Close() }()
			release, err := Lease(t.Context(), cli, enginetest.BaseImage, sandbox)
			if err != nil || !swept {
				t.Fatalf("swept: %v; %v", swept, err)
			}
			if err := NotHeld(t.Context(), e.Client, sandbox); !errors.Is(err, fault.NameTaken) {
				t.Errorf("it does not hold: %v", err)
			}
			release()
		})
	}
}

// Its container ends by itself when its holder lets it go, and is removed in that moment: one in ten stayed on Podman.
func TestALeaseThatIsReleasedLeavesNothing(t *testing.T) {
	for name, e := range map[string]*enginetest.Engine{"Docker": enginetest.Shared(t), "Podman": enginetest.Podman(t)} {
		t.Run(name, func(t *testing.T) {
			sandbox := enginetest.Name(t)
			for range 20 {
				release, err := Lease(t.Context(), e.Client, enginetest.BaseImage, sandbox)
				if err != nil {
					t.Fatal(err)
				}
				release()
				if got, err := e.Client.ContainerInspect(t.Context(), leaseName(sandbox)); !errdefs.IsNotFound(err) {
					t.Fatalf("left is %+v, %v", got.State, err)
				}
			}
		})
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
			// One that was listed before it was started.
			list, err := e.Client.ContainerList(t.Context(), container.ListOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range list {
				if c.Labels[LabelLease] != sandbox {
					continue
				}
				c.State = "created"
				if _, err := Sweep(t.Context(), e.Client, []container.Summary{c}); err != nil || NotHeld(t.Context(), e.Client, sandbox) == nil {
					t.Errorf("it was swept away: %v", err)
				}
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
