package engine

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"

	"berth/engine/agent"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// titles are the titles of opencode's sessions.
func titles(t testing.TB, c *agent.Client) string {
	t.Helper()
	var sessions []struct {
		Title string `json:"title"`
	}
	if err := c.Request(t.Context(), "GET", "/session?directory=/workspace", nil, &sessions); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range sessions {
		all = append(all, s.Title)
	}
	return strings.Join(all, ",")
}

func TestAnEditKeepsTheVolumesAndAFailedOneBringsTheOldContainerBack(t *testing.T) {
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ref, Memory: 1 << 30, Env: map[string]string{"GREETING": "hello"}}))
	first := waitHealthy(t, e, name)
	if first.Spec.Memory != 1<<30 || first.Spec.Env["GREETING"] != "hello" {
		t.Fatalf("created as %+v", first.Spec)
	}
	if v := finish(t, e, e.Create(first.Spec)); !errors.Is(v.Err, fault.NameTaken) || fault.From("", v.Err).Remedy == "" {
		t.Errorf("a name that is taken was created, or refused with %v", v.Err)
	}
	if err := ask(t, e, name).Request(t.Context(), "POST", "/session?directory=/workspace", map[string]string{"title": "kept"}, nil); err != nil {
		t.Fatal(err)
	}

	more := first.Spec
	more.Memory = 2 << 30
	more.Env = map[string]string{"GREETING": "hej"}
	mustFinish(t, e, e.Edit(more))
	second := waitFor(t, e, name, "changed and healthy", func(s Sandbox) bool {
		return s.ContainerID != first.ContainerID && s.State == sandbox.Healthy
	})
	if second.Spec.Memory != 2<<30 || second.Spec.Env["GREETING"] != "hej" || second.Address != first.Address {
		t.Errorf("it is %+v at %s", second.Spec, second.Address)
	}
	if got := titles(t, ask(t, e, name)); got != "kept" {
		t.Errorf("its sessions are %q", got)
	}

	broken := maps.Clone(second.Spec.Env)
	broken["OPENCODE_CONFIG_CONTENT"] = "{ this is no JSON"
	wrong := second.Spec
	wrong.Env = broken
	if v := finish(t, e, e.Edit(wrong)); v.State != task.Failed {
		t.Fatalf("a broken change ended as %s: %s", v.State, v.Detail)
	}
	back := waitHealthy(t, e, name)
	if back.ContainerID != second.ContainerID || back.Spec.Env["OPENCODE_CONFIG_CONTENT"] != "" {
		t.Errorf("after the failed change it is %s, %+v", back.ContainerID, back.Spec)
	}
	if got := titles(t, ask(t, e, name)); got != "kept" {
		t.Errorf("its sessions are %q", got)
	}
	list := of.Containers(t, name)
	if len(list) != 1 {
		t.Errorf("its containers are %q", list)
	}
}

// A Berth that dies between the start of the new container and its health leaves both. The next one ends the change.
func TestAChangeThatBerthDiedInIsFinished(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ref}))
	first := waitHealthy(t, e, name)

	spec := first.Spec
	spec.Memory = 1 << 30
	half := e.tasks.Go(task.Options{Kind: task.Prepare, Title: "half a change"}, func(ctx context.Context, t *task.Task) error {
		old, err := sandbox.Find(ctx, of.Client, name)
		if err != nil {
			return err
		}
		opts := sandbox.CreateOptions{Spec: spec, Agent: agent.V1, Password: old.Password(agent.V1)}
		if _, err := sandbox.Replace(ctx, of.Client, t, old, sandbox.Change{CreateOptions: opts}); err != nil {
			return err
		}
		_, err = sandbox.Start(ctx, of.Client, t, name, agent.V1)
		return err
	})
	mustFinish(t, e, half.ID())
	if n := len(of.Containers(t, name)); n != 2 {
		t.Fatalf("%d containers, want the new and the old one", n)
	}

	next := open(t, of.Host, nil)
	got := waitFor(t, next, name, "changed and healthy", func(s Sandbox) bool { return s.Spec.Memory == 1<<30 && s.State == sandbox.Healthy })
	if got.ContainerID == first.ContainerID {
		t.Error("it is the old container")
	}
	enginetest.Eventually(t, longest, "the old container to go", func() bool { return len(of.Containers(t, name)) == 1 })
	enginetest.Eventually(t, time.Minute, "that to be told", func() bool { return len(told(next, name+": a change was interrupted when it was almost done")) == 1 })
}

// Days may lie between the death and the next connect, and the new container ran all the while.
func TestAChangeThatTurnsOutBadLaterLosesNothingDoneSince(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	first, left := inUse(t, e, name, e.Create(sandbox.Spec{Name: name, Image: ref}))
	halfAnUpdate(t, e, of, name)
	waitHealthy(t, e, name)
	newSession(t, e, name, "done-since-then")
	sh(t, of, "berth-"+name, `printf '{"model": [' > ~/.config/opencode/opencode.json`)
	// Not as one request: Podman 4.3 then starts it before the port is free.
	if err := of.Client.ContainerStop(t.Context(), "berth-"+name, container.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := of.Client.ContainerStart(t.Context(), "berth-"+name, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}

	next := open(t, of.Host, nil)
	enginetest.Eventually(t, longest, "the container from before to be back", func() bool {
		return next.Snapshot().Listed && len(of.Containers(t, name)) == 1 && next.latest.busy(name, connect.Endpoint{}) == nil
	})
	waitHealthy(t, next, name)
	left.find(t, ask(t, next, name))
	if hasSession(t, next, name, "done-since-then") {
		t.Error("the data are not those from before")
	}
	kept := points(t, next, name)
	if len(kept) != 1 || kept[0].Reason != "recovery" {
		t.Fatalf("its rollback points are %+v", kept)
	}
	holds(t, of, first.ImageID, "opencode-session-"+name+"."+kept[0].ID, "done-since-then")
}

// halfAnUpdate updates a sandbox up to where its new container runs, and leaves it at that, as a Berth that dies there.
func halfAnUpdate(t *testing.T, e *Engine, of *enginetest.Engine, name string) {
	t.Helper()
	half := e.tasks.Go(task.Options{Kind: task.Prepare, Title: "half an update"}, func(ctx context.Context, t *task.Task) error {
		old, err := sandbox.Find(ctx, of.Client, name)
		if err != nil {
			return err
		}
		with, err := volume.NewCopier(ctx, of.Client, old.Inspect.Image)
		if err != nil {
			return err
		}
		point, err := sandbox.NewPoint(ctx, of.Client, name, "update", []agent.Role{agent.Session, agent.Config})
		if err != nil {
			return err
		}
		opts := sandbox.CreateOptions{Spec: old.Spec, Agent: agent.V1, Password: old.Password(agent.V1)}
		if _, err := sandbox.Replace(ctx, of.Client, t, old, sandbox.Change{CreateOptions: opts, With: with, Point: point}); err != nil {
			return err
		}
		_, err = sandbox.Start(ctx, of.Client, t, name, agent.V1)
		return err
	})
	mustFinish(t, e, half.ID())
}

// A Berth that is connected while another one dies in a change learns of it by the next command only. Somebody may have worked in the
// new container by then.
func TestACommandOnASandboxWhoseChangeNobodyEndedLosesNothingDoneSince(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	first, left := inUse(t, e, name, e.Create(sandbox.Spec{Name: name, Image: ref}))
	halfAnUpdate(t, e, of, name)
	waitHealthy(t, e, name)
	newSession(t, e, name, "done-since-then")
	if err := of.Client.ContainerStop(t.Context(), "berth-"+name, container.StopOptions{}); err != nil {
		t.Fatal(err)
	}

	mustFinish(t, e, e.Start(name))
	waitHealthy(t, e, name)
	left.find(t, ask(t, e, name))
	kept := points(t, e, name)
	if len(kept) != 1 || kept[0].Reason != "recovery" {
		t.Fatalf("its rollback points are %+v", kept)
	}
	holds(t, of, first.ImageID, "opencode-session-"+name+"."+kept[0].ID, "done-since-then")
	if len(told(e, name+": a change was interrupted")) != 1 {
		t.Errorf("told is %+v", e.Snapshot().Notices)
	}
}

// holds has a text looked for in all files of a volume.
func holds(t *testing.T, of *enginetest.Engine, img, name, text string) {
	t.Helper()
	made, err := of.Client.ContainerCreate(t.Context(), &container.Config{Image: img, User: "0", Entrypoint: []string{"grep", "-rqa", text, "/x"}},
		&container.HostConfig{Mounts: []mount.Mount{{Type: mount.TypeVolume, Source: name, Target: "/x"}}}, nil, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = of.Client.ContainerRemove(context.Background(), made.ID, container.RemoveOptions{Force: true})
	}()
	ended, failed := of.Client.ContainerWait(t.Context(), made.ID, container.WaitConditionNextExit)
	if err := of.Client.ContainerStart(t.Context(), made.ID, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	select {
	case end := <-ended:
		if end.StatusCode != 0 {
			t.Errorf("%q is not in %s", text, name)
		}
	case err := <-failed:
		t.Error(err)
	}
}

// What somebody chose is not overridden by the settings' defaults, though the image is left to them; what nobody chose is as
// they say.
func TestDefaultsFillInOnlyWhatNobodyChose(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	e := open(t, of.Host, func(s *config.Settings) { s.Sandbox.CPUs, s.Sandbox.Hardened = 1.5, true })
	chosen, plain := enginetest.Name(t), enginetest.Name(t)
	mustFinish(t, e, e.Create(sandbox.Spec{Name: chosen}))
	mustFinish(t, e, e.Start(plain))
	if s := waitHealthy(t, e, chosen); s.Spec.CPUs != 0 || s.Spec.Hardened || s.Spec.Image == "" {
		t.Errorf("chosen, it is %+v", s.Spec)
	}
	if s := waitHealthy(t, e, plain); s.Spec.CPUs != 1.5 || !s.Spec.Hardened {
		t.Errorf("by default it is %+v", s.Spec)
	}
}
