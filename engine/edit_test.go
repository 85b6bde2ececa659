package engine

import (
	"context"
	"maps"
	"strings"
	"testing"

	"berth/engine/agent"
	"berth/engine/config"
	"berth/engine/enginetest"
	"berth/engine/sandbox"
	"berth/engine/task"
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
	if v := finish(t, e, e.Create(first.Spec)); v.State != task.Failed {
		t.Errorf("a name that is taken was created: %s", v.Detail)
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
}

// What somebody chose is not overridden by the settings' defaults, though the image is left to them; what nobody chose is as
// they say.
func TestDefaultsFillInOnlyWhatNobodyChose(t *testing.T) {
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
