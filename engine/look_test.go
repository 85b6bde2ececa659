package engine

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/pkg/stdcopy"

	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
)

func TestDetailsTellAllButTheSecret(t *testing.T) {
	enginetest.Slow(t)
	for kind, of := range map[string]*enginetest.Engine{"Docker": enginetest.Shared(t), "Podman": enginetest.Podman(t)} {
		t.Run(kind, func(t *testing.T) {
			e := open(t, of.Host, nil)
			name := enginetest.Name(t)
			mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ensureBuilt(t, of), Env: map[string]string{"GREETING": "hello"}}))
			s := waitHealthy(t, e, name)
			c := ask(t, e, name)
			for _, title := range []string{"older", "newer"} {
				if err := c.Request(t.Context(), "POST", "/session?directory=/workspace", map[string]string{"title": title}, nil); err != nil {
					t.Fatal(err)
				}
			}
			d, err := e.Details(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			if d.ContainerID != s.ContainerID || d.ImageSize < 100<<20 || len(d.Mounts) < 3 || d.Memory != sandbox.DefaultMemory || d.PIDs != sandbox.DefaultPIDs || len(d.Published) != 1 {
				t.Errorf("details %+v", d)
			}
			if d.SessionsErr != nil || len(d.Sessions) != 2 || d.Sessions[0].Title != "newer" {
				t.Errorf("sessions %+v, %v", d.Sessions, d.SessionsErr)
			}
			if !slices.Contains(d.Env, "GREETING=hello") {
				t.Errorf("environment %q", d.Env)
			}
			cli, err := e.daemon(t.Context(), "test")
			if err != nil {
				t.Fatal(err)
			}
			found, err := sandbox.Find(t.Context(), cli, name)
			if err != nil {
				t.Fatal(err)
			}
			knows, _ := knowsOf(found)
			if password := found.Password(knows); password == "" || strings.Contains(strings.Join(d.Env, " ")+d.DockerText, password) {
				t.Error("the password is among the details")
			}
			var states []sandbox.State
			for _, m := range s.History {
				states = append(states, m.State)
			}
			if !slices.Contains(states, sandbox.Starting) || states[len(states)-1] != sandbox.Healthy {
				t.Errorf("its history is %v", states)
			}
			mustFinish(t, e, e.Stop(name))
			if d, err = e.Details(t.Context(), name); err != nil || !errors.Is(d.SessionsErr, fault.NotRunning) {
				t.Errorf("stopped: %v, %v", d.SessionsErr, err)
			}
		})
	}
}

func TestASavedLogIsTheEnginesByteForByte(t *testing.T) {
	of := enginetest.Shared(t)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ensureBuilt(t, of)}))
	mustFinish(t, e, e.Stop(name))
	stream, err := of.Client.ContainerLogs(t.Context(), sandbox.ContainerName(name), container.LogsOptions{ShowStdout: true, ShowStderr: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Close() }()
	var want bytes.Buffer
	if _, err := stdcopy.StdCopy(&want, &want, stream); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "opencode.log")
	mustFinish(t, e, e.SaveLog(name, path))
	got, err := os.ReadFile(path)
	if err != nil || want.Len() == 0 || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%v: saved %d bytes, want %d", err, len(got), want.Len())
	}
	if v := finish(t, e, e.SaveLog(name, filepath.Join(t.TempDir(), "absent", "x.log"))); v.State != task.Failed {
		t.Errorf("a folder that does not exist: %s", v.State)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".berth-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestImagesAreListedCheckedAndCleanedUp(t *testing.T) {
	of := enginetest.Shared(t)
	registry := enginetest.Registry(t)
	built := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	if _, err := e.daemon(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	list := func() []Image {
		t.Helper()
		all, err := e.Images(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	named := func(ref string) *Image {
		t.Helper()
		for _, i := range list() {
			// Podman writes names out, and puts localhost before those of images that were made here.
			if slices.ContainsFunc(i.References, func(r string) bool { return full(r) == full(ref) || r == "localhost/"+ref }) {
				return &i
			}
		}
		return nil
	}
	one := named(built)
	if one == nil || !one.Ours || !one.Wanted || one.Leftover || one.Version == "" || one.Size < 100<<20 {
		t.Fatalf("the built image is %+v", one)
	}

	// A labelled image that nothing needs is a leftover; one that a container is made of is not.
	leftover := enginetest.Name(t) + ":old"
	commit := func(ref string) {
		t.Helper()
		made, err := of.Client.ContainerCreate(t.Context(), &container.Config{
			Image: enginetest.BaseImage, Cmd: []string{"true"}, Labels: map[string]string{sandbox.LabelVersion: "1.0.0", "n": ref},
		}, nil, nil, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := of.Client.ContainerCommit(t.Context(), made.ID, container.CommitOptions{Reference: ref, Config: &container.Config{}}); err != nil {
			t.Fatal(err)
		}
		if err := of.Client.ContainerRemove(t.Context(), made.ID, container.RemoveOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	commit(leftover)
	if i := named(leftover); i == nil || !i.Leftover {
		t.Fatalf("the leftover is %+v", i)
	}
	used := enginetest.Name(t)
	commit(used + ":1")
	if _, err := of.Client.ContainerCreate(t.Context(), &container.Config{Image: used + ":1", Cmd: []string{"true"}}, nil, nil, nil, used); err != nil {
		t.Fatal(err)
	}
	i := named(used + ":1")
	if i == nil || i.Leftover || !slices.Contains(i.UsedBy, used) {
		t.Fatalf("the used image is %+v", i)
	}
	if v := finish(t, e, e.RemoveImage(*i)); !errors.Is(v.Err, fault.ImageInUse) {
		t.Errorf("removing it: %v", v.Err)
	}
	before := e.Snapshot().Images
	mustFinish(t, e, e.CleanImages())
	if named(leftover) != nil || named(built) == nil || named(used+":1") == nil {
		t.Error("the clean-up left a leftover, or took more")
	}
	enginetest.Eventually(t, longest, "the snapshot to say that images changed", func() bool { return e.Snapshot().Images > before })

	// The registry has the same, then another one.
	ref := registry + "/" + enginetest.Name(t) + ":1"
	push := func(from string) {
		t.Helper()
		if err := of.Client.ImageTag(t.Context(), from, ref); err != nil {
			t.Fatal(err)
		}
		body, err := of.Client.ImagePush(t.Context(), ref, dockerimage.PushOptions{RegistryAuth: "e30="})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if _, err := out.ReadFrom(body); err != nil || strings.Contains(out.String(), "errorDetail") {
			t.Fatalf("%v: %s", err, out.String())
		}
		_ = body.Close()
	}
	push(enginetest.BaseImage)
	newer, err := e.Newer(t.Context(), ref)
	if f := fault.From("", err); f != nil && f.Why == "this engine cannot ask a registry without pulling" {
		_ = of.Client.ContainerRemove(t.Context(), used, container.RemoveOptions{Force: true})
		for _, r := range []string{ref, used + ":1"} {
			_, _ = of.Client.ImageRemove(t.Context(), r, dockerimage.RemoveOptions{Force: true})
		}
		t.Skip("the engine has no request by which a registry is asked for what is newer; the rest passed")
	}
	if err != nil || newer {
		t.Errorf("the same image: newer %v, %v", newer, err)
	}
	push(used + ":1")
	if err := of.Client.ImageTag(t.Context(), enginetest.BaseImage, ref); err != nil {
		t.Fatal(err)
	}
	if newer, err := e.Newer(t.Context(), ref); err != nil || !newer {
		t.Errorf("another image: newer %v, %v", newer, err)
	}
	mustFinish(t, e, e.PullImage(ref))
	if newer, err := e.Newer(t.Context(), ref); err != nil || newer {
		t.Errorf("after the pull: newer %v, %v", newer, err)
	}
	for _, r := range []string{ref, used + ":1"} {
		_ = of.Client.ContainerRemove(t.Context(), used, container.RemoveOptions{Force: true})
		if i := named(r); i != nil {
			mustFinish(t, e, e.RemoveImage(*i))
		}
	}
}
