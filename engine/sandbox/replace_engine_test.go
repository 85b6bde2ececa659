package sandbox

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/task"
)

// replace makes the new container of a change, without starting it.
func replace(t *testing.T, e *enginetest.Engine, spec Spec) *Found {
	t.Helper()
	var found *Found
	err := inTask(t, func(ctx context.Context, own *task.Task) error {
		old, err := Find(ctx, e.Client, spec.Name)
		if err != nil {
			return err
		}
		found, err = Replace(ctx, e.Client, own, old, Change{CreateOptions: CreateOptions{Spec: spec, Agent: agent.V1, Password: "secret"}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAnUnfinishedChangeEndsInTheOldState(t *testing.T) {
	e := enginetest.Shared(t)
	ref := imageWithStandIn(t, e.Client)
	for _, running := range []bool{true, false} {
		old := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: ref})
		name := old.Spec.Name
		if running {
			start(t, e.Client, name)
		}
		spec := old.Spec
		spec.Memory = 1 << 30
		replace(t, e, spec)
		for range 2 { // the second finds nothing to do
			if _, err := Recover(t.Context(), e.Client, nobody); err != nil {
				t.Fatal(err)
			}
		}
		found, err := Find(t.Context(), e.Client, name)
		if err != nil || found == nil {
			t.Fatalf("found %v, %v", found, err)
		}
		if found.ID != old.ID || found.Spec.Memory != old.Spec.Memory || found.Inspect.State.Running != running {
			t.Errorf("running %v: it is %s, %+v, running %v", running, found.ID, found.Spec, found.Inspect.State.Running)
		}
		if n := len(e.Containers(t, name)); n != 1 {
			t.Errorf("%d containers", n)
		}
	}
}

func TestAChangeThatIsRefusedLeavesEverythingAsItWas(t *testing.T) {
	e := enginetest.Shared(t)
	old := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: imageWithStandIn(t, e.Client)})
	start(t, e.Client, old.Spec.Name)
	spec := old.Spec
	spec.Image = "localhost/" + old.Spec.Name + ":absent"
	err := inTask(t, func(ctx context.Context, own *task.Task) error {
		_, err := Replace(ctx, e.Client, own, old, Change{CreateOptions: CreateOptions{Spec: spec, Agent: agent.V1, Password: "secret"}})
		return err
	})
	if err == nil {
		t.Fatal("an image that does not exist was taken")
	}
	found, err := Find(t.Context(), e.Client, old.Spec.Name)
	if err != nil || found == nil || found.ID != old.ID || !found.Inspect.State.Running {
		t.Errorf("found %+v, %v", found, err)
	}
}

// The commands that are offered to be copied are run by a real shell and docker, and make the same container.
func TestTheDockerCommandMakesTheSameContainer(t *testing.T) {
	e := enginetest.Shared(t)
	for name, more := range map[string]Spec{
		"the least": {},
		"much": {
			Hardened: true, CPUs: 0.5, Memory: 1 << 30, Restart: "no", Env: map[string]string{"A": "it's $HOME \"quoted\"\nand on"},
			Mounts: []Mount{{Source: "/tmp", Target: "/mnt/a b", ReadOnly: true}},
		},
		"a comma": {Mounts: []Mount{{Source: "/tmp", Target: "/mnt/a,b"}}},
	} {
		t.Run(name, func(t *testing.T) { sameByCommand(t, e, more) })
	}
}

// sameByCommand makes a sandbox, and once more by the command that is offered for it.
func sameByCommand(t *testing.T, e *enginetest.Engine, more Spec) {
	more.Name, more.Image = enginetest.Name(t), imageWithStandIn(t, e.Client)
	ours, err := create(t, e.Client, more)
	if err != nil && len(more.Mounts) > 0 && strings.Contains(more.Mounts[0].Target, ",") && strings.Contains(err.Error(), "invalid mount option") {
		t.Skip("the engine takes no folder with a comma in its name")
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := ours.Command(agent.V1)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Client.ContainerRemove(t.Context(), ours.ID, container.RemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	if err := e.Client.NetworkRemove(t.Context(), ContainerName(more.Name)); err != nil {
		t.Fatal(err)
	}
	shell := exec.CommandContext(t.Context(), "sh", "-e")
	shell.Stdin = strings.NewReader(text)
	shell.Env = append(os.Environ(), "DOCKER_HOST="+e.Host, agent.V1.PasswordEnv+"="+ours.Password(agent.V1))
	if out, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, text)
	}
	theirs, err := Find(t.Context(), e.Client, more.Name)
	if err != nil || theirs == nil {
		t.Fatalf("found %v, %v", theirs, err)
	}
	for _, of := range []*Found{ours, theirs} { // what is said of the owner changes on Podman with the start
		for dir, options := range of.Inspect.HostConfig.Tmpfs {
			of.Inspect.HostConfig.Tmpfs[dir] = tmpfsOfUser(options, agent.V1)
		}
	}
	hosts := cmpopts.IgnoreFields(container.HostConfig{}, "ConsoleSize", "OomKillDisable", "Sysctls")
	if d := cmp.Diff(ours.Inspect.HostConfig, theirs.Inspect.HostConfig, hosts, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("host config, ours (-) and the command's (+):\n%s", d)
	}
	sorted := cmpopts.SortSlices(func(a, b string) bool { return a < b })
	configs := cmpopts.IgnoreFields(container.Config{}, "AttachStdout", "AttachStderr")
	if d := cmp.Diff(ours.Inspect.Config, theirs.Inspect.Config, configs, sorted, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("config, ours (-) and the command's (+):\n%s", d)
	}
	if d := cmp.Diff(ours.Spec, theirs.Spec); d != "" {
		t.Errorf("spec:\n%s", d)
	}
}

// nobody is at work on any sandbox.
func nobody(string) bool { return false }
