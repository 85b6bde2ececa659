package engine

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/go-connections/nat"

	"berth/engine/enginetest"
	"berth/engine/sandbox"
)

// Between a stop and the next start somebody else's container publishes the sandbox's port.
func TestAPortTakenByAContainerIsAnsweredByTheNext(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	before, left := inUse(t, e, name, e.Start(name))
	mustFinish(t, e, e.Stop(name))
	port := strconv.Itoa(before.Spec.Port)
	squatter, err := of.Client.ContainerCreate(t.Context(), &container.Config{
		Image: ref, Entrypoint: []string{"sleep", "1000"}, ExposedPorts: nat.PortSet{"80/tcp": {}},
	}, &container.HostConfig{PortBindings: nat.PortMap{"80/tcp": {{HostIP: "127.0.0.1", HostPort: port}}}}, nil, nil, "squatter-"+name)
	if err != nil {
		t.Fatal(err)
	}
	if err := of.Client.ContainerStart(t.Context(), squatter.ID, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	mustFinish(t, e, e.Start(name))
	after := waitFor(t, e, name, "healthy at another port", func(s Sandbox) bool { return s.State == sandbox.Healthy && s.Spec.Port != before.Spec.Port })
	if !strings.HasSuffix(after.Address, ":"+strconv.Itoa(after.Spec.Port)) {
		t.Errorf("the spec says %d and the address %s", after.Spec.Port, after.Address)
	}
	if !slices.ContainsFunc(e.Snapshot().Notices, func(n Notice) bool {
		return n.Subject == name && strings.Contains(n.Text, port) && strings.Contains(n.Text, strconv.Itoa(after.Spec.Port))
	}) {
		t.Errorf("nobody was told: %+v", e.Snapshot().Notices)
	}
	left.find(t, ask(t, e, name))
	if got := mustInspect(t, of, "squatter-"+name); !got.State.Running {
		t.Error("somebody else's container was stopped")
	}
}
