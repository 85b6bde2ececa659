package engine

import (
	"testing"

	"github.com/docker/docker/api/types/container"
	volumes "github.com/docker/docker/api/types/volume"

	"berth/engine/agent"
	"berth/engine/connect"
	"berth/engine/enginetest"
	"berth/engine/sandbox"
	"berth/engine/volume"
)

// Every engine keeps its passwords under names of its own; what an earlier Berth kept under the plain name is still found.
func TestAPasswordThatAnEarlierBerthKeptIsUsedAgainAndByNobodyElse(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	kept := e.opts.Secrets.(*memory)
	old, fresh := enginetest.Name(t), enginetest.Name(t)
	for _, name := range []string{old, fresh} {
		enginetest.RemoveSandbox(t, of, name)
		kept.All["sandbox/"+name] = "of-an-earlier-Berth"
	}
	if _, err := of.Client.VolumeCreate(t.Context(), volumes.CreateOptions{Name: volume.Name(agent.Session, old), Labels: volume.Labels(agent.Session, old)}); err != nil {
		t.Fatal(err)
	}
	password := func(name string) string {
		t.Helper()
		mustFinish(t, e, e.Start(name))
		got, err := of.Client.ContainerInspect(t.Context(), sandbox.ContainerName(name))
		if err != nil {
			t.Fatal(err)
		}
		return sandbox.PasswordIn(got.Config.Env, agent.V1)
	}
	if password(old) != "of-an-earlier-Berth" {
		t.Error("a sandbox whose volumes were there has another password")
	}
	mine := password(fresh)
	if mine == "of-an-earlier-Berth" {
		t.Error("a new sandbox has the password of another engine's")
	}
	if kept.All["sandbox/"+fresh] != "of-an-earlier-Berth" {
		t.Error("the password of another engine's sandbox was overwritten")
	}
	if err := of.Client.ContainerRemove(t.Context(), sandbox.ContainerName(fresh), container.RemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	if password(fresh) != mine {
		t.Error("a container made anew has another password")
	}
}

func TestAFarEngineIsNeverGivenThePasswordOfThisComputersSandbox(t *testing.T) {
	for host, want := range map[string]bool{
		"unix:///run/user/1000/podman/podman.sock": true, "tcp://127.0.0.1:2375": true, "npipe:////./pipe/x": true,
		"ssh://ann@lab": false, "tcp://192.0.2.1:2376": false, "ssh://localhost": false, "what:ever": false,
	} {
		if got := adopts(connect.Endpoint{Host: host}, false); got != want {
			t.Errorf("%s is given it: %v", host, got)
		}
	}
	if adopts(connect.Endpoint{Host: "unix:///run/x.sock"}, true) {
		t.Error("a sandbox that was filled just now has the password of one that was there before")
	}
}
