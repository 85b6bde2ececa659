package volume

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	dockervolume "github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/enginetest/leak"
	"berth/engine/fault"
	"berth/engine/task"
)

func TestMain(m *testing.M) { leak.Main(m) }

func ensure(t *testing.T, cli *client.Client, sandbox string) (task.View, error) {
	t.Helper()
	r := task.NewRunner(func() {}, nil)
	defer r.Close()
	one := r.Go(task.Options{Title: "ensure"}, func(ctx context.Context, own *task.Task) error {
		return Ensure(ctx, cli, own, sandbox, agent.Roles)
	})
	err := one.Wait(t.Context())
	return one.View(), err
}

func onBoth(t *testing.T, test func(t *testing.T, cli *client.Client)) {
	t.Run("Docker", func(t *testing.T) { test(t, enginetest.Shared(t).Client) })
	t.Run("Podman", func(t *testing.T) { test(t, enginetest.Podman(t).Client) })
}

func TestVolumesAreMadeOnceAndLabelled(t *testing.T) {
	onBoth(t, func(t *testing.T, cli *client.Client) {
		name := enginetest.Name(t)
		for _, want := range []task.StepState{task.StepDone, task.StepPresent} {
			v, err := ensure(t, cli, name)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range v.Steps {
				if s.State != want {
					t.Errorf("%s is %s, want %s", s.Label, s.State, want)
				}
			}
		}
		got, err := cli.VolumeInspect(t.Context(), Name(agent.Session, name))
		if err != nil || got.Labels[LabelSandbox] != name || got.Labels[LabelRole] != "session" || got.Labels[LabelSchema] != "1" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestTheDefaultSandboxHasThePlainNames(t *testing.T) {
	if got := Name(agent.Projects, "default"); got != "opencode-projects" {
		t.Error(got)
	}
	if got := Name(agent.Projects, "x"); got != "opencode-projects-x" {
		t.Error(got)
	}
}

func TestAForeignVolumeIsRefusedAndLeftAsItIs(t *testing.T) {
	cli := enginetest.Shared(t).Client
	for name, c := range map[string]struct {
		labels map[string]string
		kind   fault.Kind // "" when it may be used
		word   string
	}{
		"no labels, as docker run makes it": {nil, "", ""},
		"another program's":                 {map[string]string{"com.example.app": "x"}, fault.NameTaken, "com.example.app"},
		"another sandbox's":                 {map[string]string{LabelSandbox: "other", LabelRole: "session"}, fault.VolumeInUse, "other"},
		"another role's":                    {map[string]string{LabelSandbox: "self", LabelRole: "config"}, fault.VolumeInUse, "config"},
	} {
		t.Run(name, func(t *testing.T) {
			sandbox := enginetest.Name(t)
			if c.labels[LabelSandbox] == "self" {
				c.labels[LabelSandbox] = sandbox
			}
			volume := Name(agent.Session, sandbox)
			before, err := cli.VolumeCreate(t.Context(), dockervolume.CreateOptions{Name: volume, Labels: c.labels})
			if err != nil {
				t.Fatal(err)
			}
			_, err = ensure(t, cli, sandbox)
			if c.kind == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.word) {
				t.Errorf("got %v", err)
			}
			if after, err := cli.VolumeInspect(t.Context(), volume); err != nil || after.CreatedAt != before.CreatedAt {
				t.Errorf("it was touched: %+v, %v", after, err)
			}
		})
	}
}

// A base image has none of opencode's directories, so fresh volumes belong to root there.
func TestPreparedMountPointsCanBeWrittenByTheUser(t *testing.T) {
	onBoth(t, func(t *testing.T, cli *client.Client) {
		ctx := t.Context()
		name := enginetest.Name(t)
		points := []string{"/home/opencode/.local", "/home/opencode/.config", "/workspace"}
		var mounts []mount.Mount
		for _, p := range points {
			mounts = append(mounts, mount.Mount{Type: mount.TypeVolume, Source: name + strings.ReplaceAll(strings.ReplaceAll(p, "/", "-"), ".", ""), Target: p})
		}
		made, err := cli.ContainerCreate(ctx, &container.Config{
			Image: enginetest.BaseImage, User: "1000:1000",
			Cmd: []string{"sh", "-c", "touch /home/opencode/.local/a /home/opencode/.config/a /workspace/a"},
		}, &container.HostConfig{Mounts: mounts, NetworkMode: "none"}, nil, nil, name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Prepare(ctx, cli, made.ID, points, 1000, 1000); err != nil { // Podman gives fresh volumes to the user itself
			t.Fatal(err)
		}
		ended, failed := cli.ContainerWait(ctx, made.ID, container.WaitConditionNextExit)
		if err := cli.ContainerStart(ctx, made.ID, container.StartOptions{}); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-failed:
			t.Fatal(err)
		case end := <-ended:
			if end.StatusCode != 0 {
				t.Errorf("the user cannot write: exit %d", end.StatusCode)
			}
		}
		list, err := cli.ContainerList(ctx, container.ListOptions{All: true})
		if err != nil || slices.ContainsFunc(list, func(c container.Summary) bool { return c.Labels[LabelHelper] == made.ID }) {
			t.Errorf("a helper container was left behind (%v)", err)
		}
	})
}

func TestUsersOfAVolumeAreNamed(t *testing.T) {
	cli := enginetest.Shared(t).Client
	name := enginetest.Name(t)
	if _, err := cli.ContainerCreate(t.Context(), &container.Config{Image: enginetest.BaseImage, Cmd: []string{"true"}, Labels: map[string]string{LabelSandbox: "s"}},
		&container.HostConfig{Mounts: []mount.Mount{{Type: mount.TypeVolume, Source: name + "-v", Target: "/v"}}}, nil, nil, name); err != nil {
		t.Fatal(err)
	}
	users, err := UsedBy(t.Context(), cli, name+"-v")
	if err != nil || len(users) != 1 || users[0].Name != name || users[0].Running || users[0].Sandbox != "s" {
		t.Errorf("%+v, %v", users, err)
	}
	if users, err := UsedBy(t.Context(), cli, name); err != nil || len(users) != 0 {
		t.Errorf("a volume that only begins like it: %+v, %v", users, err)
	}
}

// What works on the volumes of a sandbox runs programs of the sandbox's image, which may be anybody's.
func TestAHelperIsBoundedAndReachesNothing(t *testing.T) {
	for name, e := range map[string]*enginetest.Engine{"Docker": enginetest.Shared(t), "Podman": enginetest.Podman(t)} {
		t.Run(name, func(t *testing.T) {
			its := enginetest.Name(t)
			copying := (&Copier{cli: e.Client}).memory(t.Context())
			if info, err := e.Client.Info(t.Context()); err != nil || copying != info.MemTotal/2 || copying <= helperMemory {
				t.Fatalf("one that copies may use %d bytes of %d, %v: this computer is too small for the test", copying, info.MemTotal, err)
			}
			h := helper{
				For: its, Image: enginetest.BaseImage, Command: []string{"true"}, Memory: copying,
				Mounts: []mount.Mount{{Type: mount.TypeVolume, Source: its, Target: mountRoot + "x"}},
			}
			err := h.with(t.Context(), e.Client, func(id string) error {
				got, err := e.Client.ContainerInspect(t.Context(), id)
				if err != nil {
					return err
				}
				host := got.HostConfig
				if host.Memory != copying || host.MemorySwap != copying || host.PidsLimit == nil || *host.PidsLimit != helperProcesses {
					t.Errorf("it may use %d bytes, %d with swap, and %v processes", host.Memory, host.MemorySwap, host.PidsLimit)
				}
				if host.NetworkMode != "none" || host.Privileged || len(host.PortBindings)+len(host.Devices)+len(host.ExtraHosts) > 0 {
					t.Errorf("it is made with %+v", host)
				}
				if len(got.Mounts) != 1 || got.Mounts[0].Name != its {
					t.Errorf("it sees %+v", got.Mounts)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			h.Memory = 0
			err = h.with(t.Context(), e.Client, func(id string) error {
				got, err := e.Client.ContainerInspect(t.Context(), id)
				if err == nil && (got.HostConfig.Memory != helperMemory || got.HostConfig.MemorySwap != helperMemory) {
					t.Errorf("one that does not copy may use %d bytes, %d with swap", got.HostConfig.Memory, got.HostConfig.MemorySwap)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
