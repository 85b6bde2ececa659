package sandbox

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"
	"github.com/google/go-cmp/cmp"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/enginetest/leak"
	"berth/engine/fault"
	"berth/engine/task"
	engvolume "berth/engine/volume"
)

func TestMain(m *testing.M) { leak.Main(m) }

// standIn is a program in the place of opencode that does what the variable BEHAVE says: what the real one does only when
// something is wrong with it.
const standIn = `#!/bin/sh
case "$BEHAVE" in
unwritable) echo "starting"; echo "EACCES: permission denied, mkdir '/x'" >&2; exit 1 ;;
killed) echo "last words" >&2; kill -9 $$ ;;
crash) echo "last words" >&2; exit 3 ;;
end) echo "nothing to do"; exit 0 ;;
greedy) head -c 1500000000 /dev/zero | tail ;;
stubborn) trap '' TERM; echo deaf; while :; do sleep 1; done ;;
*) exec sleep 1000 ;;
esac
`

// imageWithStandIn makes an image whose opencode is the stand-in.
func imageWithStandIn(t *testing.T, cli *client.Client) string {
	t.Helper()
	ctx := t.Context()
	name := enginetest.Name(t)
	made, err := cli.ContainerCreate(ctx, &container.Config{Image: enginetest.BaseImage, Cmd: []string{"true"}}, nil, nil, nil, name)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := w.WriteHeader(&tar.Header{Name: "usr/bin/opencode", Mode: 0o755, Size: int64(len(standIn))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(standIn)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cli.CopyToContainer(ctx, made.ID, "/", &archive, container.CopyToContainerOptions{}); err != nil {
		t.Fatal(err)
	}
	ref := "localhost/" + name + ":1"
	if _, err := cli.ContainerCommit(ctx, made.ID, container.CommitOptions{Reference: ref, Config: &container.Config{}, Changes: []string{"ENV PATH=/usr/bin:/bin"}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// Its containers first: with one left the image would only lose its name, on all engines but old ones.
		ctx := context.Background()
		all, _ := cli.ContainerList(ctx, container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("ancestor", ref))})
		for _, c := range all {
			_ = cli.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true})
		}
		_, _ = cli.ImageRemove(ctx, ref, image.RemoveOptions{Force: true})
	})
	return ref
}

// silent answers to no question.
type silent struct{}

func (silent) Health(context.Context) (string, error) {
	return "", fault.New(fault.Unhealthy, "ask opencode", "it does not answer")
}
func (silent) CheckConfig(context.Context) error { return nil }

// inTask runs do as a task and gives its error.
func inTask(t *testing.T, do func(ctx context.Context, own *task.Task) error) error {
	t.Helper()
	r := task.NewRunner(func() {}, nil)
	defer r.Close()
	return r.Go(task.Options{Title: t.Name()}, do).Wait(t.Context())
}

func create(t *testing.T, cli *client.Client, spec Spec) (*Found, error) {
	t.Helper()
	var found *Found
	err := inTask(t, func(ctx context.Context, own *task.Task) (err error) {
		found, err = Create(ctx, cli, own, CreateOptions{Spec: spec, Agent: agent.V1, Password: "secret", FirstPort: 14096})
		return err
	})
	return found, err
}

func mustCreate(t *testing.T, cli *client.Client, spec Spec) *Found {
	t.Helper()
	found, err := create(t, cli, spec)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// startAndWait starts a sandbox and waits for a health that never comes.
func startAndWait(t *testing.T, cli *client.Client, name string) error {
	t.Helper()
	return inTask(t, func(ctx context.Context, own *task.Task) error {
		started, err := Start(ctx, cli, own, name, agent.V1)
		if err != nil {
			return err
		}
		_, err = WaitHealthy(ctx, cli, own, started, silent{})
		return err
	})
}

func TestTheSpecOfARealContainerIsTheOneItWasMadeFrom(t *testing.T) {
	for engine, of := range map[string]func(testing.TB) *enginetest.Engine{"Docker": enginetest.Shared, "Podman": enginetest.Podman} {
		t.Run(engine, func(t *testing.T) {
			e := of(t)
			spec := everything()
			spec.Name, spec.Image, spec.Projects, spec.CapAdd = enginetest.Name(t), imageWithStandIn(t, e.Client), "", []string{"NET_BIND_SERVICE"}
			spec.Mounts = []Mount{{Source: spec.Name + "-cache", Target: "/cache", ReadOnly: true}}
			found := mustCreate(t, e.Client, spec)
			if diff := cmp.Diff(spec, found.Spec); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnEndWithinSecondsIsReportedWithItsReason(t *testing.T) {
	enginetest.Slow(t)
	e := enginetest.Shared(t)
	ref := imageWithStandIn(t, e.Client)
	for name, c := range map[string]struct {
		behave, restart string
		kind            fault.Kind
		why, log        string
	}{
		"unwritable":                     {"unwritable", "", fault.NotWritable, "ended with 1 after", "EACCES"},
		"a crash":                        {"crash", "", fault.Unhealthy, "ended with 3 after", "last words"},
		"a kill":                         {"killed", "", fault.Unhealthy, "ended with 137: killed after", "last words"},
		"a crash that is not repeated":   {"crash", "no", fault.Unhealthy, "ended with 3 after", "last words"},
		"an end that is no failure":      {"end", "no", fault.Unhealthy, "ended with 0 after", "nothing to do"},
		"the same, started after faults": {"end", "on-failure", fault.Unhealthy, "ended with 0 after", "nothing to do"},
		"too much memory":                {"greedy", "", fault.Unhealthy, "out of memory", ""},
	} {
		t.Run(name, func(t *testing.T) {
			name := enginetest.Name(t)
			made := mustCreate(t, e.Client, Spec{Name: name, Image: ref, Memory: 512 << 20, Env: map[string]string{"BEHAVE": c.behave}, Restart: c.restart})
			if c.behave == "killed" && !hasInit(made) {
				t.Skip("the engine has no init, and a first process without one cannot be killed from inside")
			}
			err := startAndWait(t, e.Client, name)
			var f *fault.Error
			if c.behave == "greedy" && errors.As(err, &f) && strings.Contains(f.Why, "137: killed") && strings.Contains(f.Remedy, "lack of memory") {
				t.Skip("the engine does not say that a container ended for lack of memory")
			}
			if !errors.As(err, &f) || f.Kind != c.kind || !strings.Contains(f.Why, c.why) || f.Remedy == "" {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(strings.Join(f.Log, "\n"), c.log) {
				t.Errorf("its last lines are %q", f.Log)
			}
			got, err := e.Client.ContainerInspect(t.Context(), ContainerName(name))
			if err != nil || got.State.Running || got.State.Restarting {
				t.Errorf("it is started for ever: %+v, %v", got.State, err)
			}
		})
	}
}

func TestAStartThatNeverBecomesHealthyIsSaidAndGoesOn(t *testing.T) {
	e := enginetest.Shared(t)
	limit := healthLimit
	healthLimit = 2 * time.Second
	t.Cleanup(func() { healthLimit = limit })
	name := enginetest.Name(t)
	mustCreate(t, e.Client, Spec{Name: name, Image: imageWithStandIn(t, e.Client)})
	err := startAndWait(t, e.Client, name)
	if !errors.Is(err, fault.Unhealthy) || !strings.Contains(err.Error(), "was not healthy within 2s") || !strings.Contains(err.Error(), "it does not answer") {
		t.Errorf("got %v", err)
	}
	if got, err := e.Client.ContainerInspect(t.Context(), ContainerName(name)); err != nil || !got.State.Running {
		t.Errorf("it does not run any more: %+v, %v", got.State, err)
	}
}

func TestAStubbornProcessIsKilledAndThatIsSaid(t *testing.T) {
	enginetest.Slow(t)
	e := enginetest.Shared(t)
	name := enginetest.Name(t)
	mustCreate(t, e.Client, Spec{Name: name, Image: imageWithStandIn(t, e.Client), Env: map[string]string{"BEHAVE": "stubborn"}})
	start(t, e.Client, name)
	enginetest.Eventually(t, time.Minute, "it to be deaf", func() bool { return strings.Contains(logOf(t, e.Client, name), "deaf") })
	var how string
	if err := inTask(t, func(ctx context.Context, own *task.Task) (err error) {
		how, err = Stop(ctx, e.Client, own, name)
		return err
	}); err != nil || !strings.Contains(how, "killed") {
		t.Errorf("got %q, %v", how, err)
	}
}

// hasInit reports that the engine puts its own init into a container that asks for one, as Berth does.
func hasInit(made *Found) bool {
	return made.Inspect.HostConfig.Init != nil && *made.Inspect.HostConfig.Init
}

// logOf is all that a sandbox wrote, with the marks of the streams.
func logOf(t *testing.T, cli *client.Client, name string) string {
	t.Helper()
	r, err := cli.ContainerLogs(t.Context(), ContainerName(name), container.LogsOptions{ShowStdout: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func start(t *testing.T, cli *client.Client, name string) *Started {
	t.Helper()
	var started *Started
	if err := inTask(t, func(ctx context.Context, own *task.Task) (err error) {
		started, err = Start(ctx, cli, own, name, agent.V1)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return started
}

func TestAPausedSandboxGoesOnWhenItIsStarted(t *testing.T) {
	e := enginetest.Shared(t)
	name := enginetest.Name(t)
	mustCreate(t, e.Client, Spec{Name: name, Image: imageWithStandIn(t, e.Client)})
	one := start(t, e.Client, name)
	if err := e.Client.ContainerPause(t.Context(), one.ID); err != nil {
		t.Fatal(err)
	}
	again := start(t, e.Client, name)
	if again.ID != one.ID || again.Inspect.State.Paused || !again.Inspect.State.Running {
		t.Errorf("it is %+v", again.Inspect.State)
	}
}

func TestWhatIsNotBerthsIsLeftAlone(t *testing.T) {
	e := enginetest.Shared(t)
	name := enginetest.Name(t)
	foreign, err := e.Client.ContainerCreate(t.Context(), &container.Config{Image: enginetest.BaseImage, Cmd: []string{"true"}}, nil, nil, nil, ContainerName(name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := create(t, e.Client, Spec{Name: name, Image: enginetest.BaseImage}); !errors.Is(err, fault.NameTaken) {
		t.Errorf("create: %v", err)
	}
	for verb, do := range map[string]func(ctx context.Context, own *task.Task) error{
		"start": func(ctx context.Context, own *task.Task) error {
			_, err := Start(ctx, e.Client, own, name, agent.V1)
			return err
		},
		"stop": func(ctx context.Context, own *task.Task) error {
			_, err := Stop(ctx, e.Client, own, name)
			return err
		},
		"remove": func(ctx context.Context, own *task.Task) error { return Remove(ctx, e.Client, own, name) },
	} {
		if err := inTask(t, do); !errors.Is(err, fault.NameTaken) {
			t.Errorf("%s: %v", verb, err)
		}
	}
	if _, err := e.Client.ContainerInspect(t.Context(), foreign.ID); err != nil {
		t.Errorf("somebody else's container is gone: %v", err)
	}
}

func TestASessionVolumeThatAnotherContainerMountsIsRefused(t *testing.T) {
	e := enginetest.Shared(t)
	name := enginetest.Name(t)
	session := engvolume.Name(agent.Session, name)
	if _, err := e.Client.ContainerCreate(t.Context(), &container.Config{Image: enginetest.BaseImage, Cmd: []string{"true"}},
		&container.HostConfig{Mounts: []mount.Mount{{Type: mount.TypeVolume, Source: session, Target: "/x"}}}, nil, nil, "other-"+name); err != nil {
		t.Fatal(err)
	}
	_, err := create(t, e.Client, Spec{Name: name, Image: enginetest.BaseImage})
	if !errors.Is(err, fault.VolumeInUse) || !strings.Contains(err.Error(), "other-"+name) {
		t.Errorf("got %v", err)
	}
}

func TestTheSessionsOfAnotherSandboxCannotBeMountedBeside(t *testing.T) {
	e := enginetest.Shared(t)
	ref := imageWithStandIn(t, e.Client)
	owner := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: ref})
	name := enginetest.Name(t)
	for _, readOnly := range []bool{false, true} {
		of := func(role agent.Role) []Mount {
			return []Mount{{Source: engvolume.Name(role, owner.Spec.Name), Target: "/other", ReadOnly: readOnly}}
		}
		if _, err := create(t, e.Client, Spec{Name: name, Image: ref, Mounts: of(agent.Session)}); !errors.Is(err, fault.VolumeInUse) || !strings.Contains(err.Error(), owner.Spec.Name) {
			t.Errorf("read only %v: %v", readOnly, err)
		}
		if found, err := Find(t.Context(), e.Client, name); found != nil || err != nil {
			t.Errorf("found %+v, %v", found, err)
		}
	}
	mustCreate(t, e.Client, Spec{Name: name, Image: ref, Mounts: []Mount{{Source: engvolume.Name(agent.Projects, owner.Spec.Name), Target: "/other"}}})
}

func TestRemoveLeavesTheVolumesAndWhatTheSandboxWas(t *testing.T) {
	e := enginetest.Shared(t)
	name := enginetest.Name(t)
	was := mustCreate(t, e.Client, Spec{Name: name, Image: imageWithStandIn(t, e.Client), Memory: 1 << 30, Env: map[string]string{"A": "b"}}).Spec
	for range 2 { // removing what is not there is no error
		if err := inTask(t, func(ctx context.Context, own *task.Task) error { return Remove(ctx, e.Client, own, name) }); err != nil {
			t.Fatal(err)
		}
	}
	list, err := e.Client.VolumeList(t.Context(), volume.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, v := range list.Volumes {
		if v.Labels[LabelName] == name && v.Labels[LabelMark] == "" {
			n++
		}
	}
	if n != len(agent.Roles) {
		t.Errorf("%d volumes are left, want %d", n, len(agent.Roles))
	}
	kept, known, err := KeptSpec(t.Context(), e.Client, name)
	if err != nil || !known || !cmp.Equal(kept.Spec, was) {
		t.Errorf("kept is %+v, %v, %v; it was %+v", kept, known, err, was)
	}
	mustCreate(t, e.Client, kept.Spec)
	if _, known, err := KeptSpec(t.Context(), e.Client, name); known || err != nil {
		t.Errorf("it has a container again, and what it was is still kept (%v)", err)
	}
}

func TestACancelledWaitEndsAtOnce(t *testing.T) {
	e := enginetest.Shared(t)
	name := enginetest.Name(t)
	mustCreate(t, e.Client, Spec{Name: name, Image: imageWithStandIn(t, e.Client)})
	started := start(t, e.Client, name)
	r := task.NewRunner(func() {}, nil)
	defer r.Close()
	one := r.Go(task.Options{Title: "wait"}, func(ctx context.Context, own *task.Task) error {
		_, err := WaitHealthy(ctx, e.Client, own, started, silent{})
		return err
	})
	began := time.Now()
	one.Cancel()
	<-one.Done()
	if took := time.Since(began); took > 2*time.Second || one.View().State != task.Cancelled {
		t.Errorf("it took %v and ended as %s", took, one.View().State)
	}
}
