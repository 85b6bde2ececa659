package sandbox

import (
	"context"
	"net"
	"strconv"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/docker/go-connections/nat"

	"berth/engine/agent"
	"berth/engine/fault"
)

// Found is a sandbox's container as the engine has it.
type Found struct {
	ID      string
	Spec    Spec
	Inspect container.InspectResponse
}

// Find inspects a sandbox's container; nil when it has none. A container of that name which is not Berth's is NameTaken.
func Find(ctx context.Context, cli *client.Client, name string) (*Found, error) {
	op := "look for sandbox " + name
	got, err := cli.ContainerInspect(ctx, ContainerName(name))
	if errdefs.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.From(op, err)
	}
	if got.Config.Labels[LabelName] != name {
		return nil, nameTaken(name)
	}
	spec, err := SpecOf(got.Config.Labels)
	if err != nil {
		return nil, err
	}
	return &Found{ID: got.ID, Spec: spec, Inspect: got}, nil
}

func nameTaken(name string) error {
	return &fault.Error{
		Kind: fault.NameTaken, Op: "use the name " + ContainerName(name), Why: "a container that is not Berth's has that name",
		Remedy: "Rename or remove that container, or choose another name for the sandbox.",
	}
}

// Address is where the container's opencode is published, "127.0.0.1:4096"; "" when it is not.
func (f *Found) Address(knows agent.Agent) string {
	port := nat.Port(strconv.Itoa(knows.Port) + "/tcp")
	if f.Inspect.NetworkSettings != nil {
		for _, b := range f.Inspect.NetworkSettings.Ports[port] {
			if b.HostPort != "" {
				return Reachable(b.HostIP, b.HostPort)
			}
		}
	}
	return ""
}

// Reachable is the address this computer reaches a published port at: a port on all addresses is also on loopback.
func Reachable(ip, port string) string {
	if parsed := net.ParseIP(ip); ip == "" || parsed != nil && parsed.IsUnspecified() {
		ip = defaultBindIP
	}
	return net.JoinHostPort(ip, port)
}

// Password reads the sandbox's password from its container, which is its only home beside the keyring.
func (f *Found) Password(knows agent.Agent) string {
	return PasswordIn(f.Inspect.Config.Env, knows)
}

// PasswordIn finds the password in a container's environment; "" when it has none.
func PasswordIn(env []string, knows agent.Agent) string {
	for _, kv := range env {
		if value, ok := strings.CutPrefix(kv, knows.PasswordEnv+"="); ok {
			return value
		}
	}
	return ""
}
