package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/mount"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/image"
	"berth/engine/sandbox"
)

// Details is everything about one sandbox that a snapshot does not carry. It holds no secret.
type Details struct {
	Name          string
	ContainerID   string
	ContainerName string
	Image         string // reference it was made from
	ImageID       string
	Digest        string // of the image in its registry; "" for one that was built here
	ImageSize     int64  // bytes
	User          string
	Command       []string // entrypoint and arguments
	Created       time.Time
	StartedAt     time.Time // zero when it never was
	FinishedAt    time.Time
	ExitCode      int
	Restarts      int // by the engine, since the container was made

	Network    string
	IP         string // inside the network
	Published  []string
	Mounts     []Mount
	Memory     int64 // bytes
	CPUs       float64
	PIDs       int64
	ReadOnly   bool
	CapDrop    []string
	CapAdd     []string
	Security   []string
	Restart    string
	Env        []string // NAME=value; the password is left out
	DockerText string   // the commands that make the same container

	Sessions    []agent.Conversation
	SessionsErr error // why they could not be read; NotRunning while the sandbox does not run
}

// Mount is what a sandbox sees of the engine's computer.
type Mount struct {
	Role     agent.Role // "" for one beyond the roles
	Kind     string     // "volume", "bind", "tmpfs"
	Source   string     // volume name or path
	Target   string
	ReadOnly bool
}

// Details looks at a sandbox and asks its opencode for the sessions. It waits for both.
func (e *Engine) Details(ctx context.Context, name string) (Details, error) {
	ctx = e.bind(ctx)
	cli, err := e.daemon(ctx, "look at "+name)
	if err != nil {
		return Details{}, err
	}
	found, err := sandbox.Find(ctx, cli, name)
	if err != nil {
		return Details{}, err
	}
	if found == nil {
		return Details{}, fault.New(fault.NotFound, "look at "+name, "it has no container")
	}
	knows, err := knowsOf(found)
	if err != nil {
		return Details{}, err
	}
	d := detailsOf(found, knows)
	if img, ok, err := image.Find(ctx, cli, found.Inspect.Image); err == nil && ok {
		d.ImageSize = img.Size
	}
	if img, ok, err := image.Find(ctx, cli, d.Image); err == nil && ok && img.ID == d.ImageID {
		d.Digest = img.Digest
	}
	if !found.Inspect.State.Running || found.Address(knows) == "" {
		d.SessionsErr = fault.New(fault.NotRunning, "list the sessions", "they are read while the sandbox runs")
		return d, nil
	}
	d.Sessions, d.SessionsErr = e.client(ctx, found, knows).Sessions(ctx)
	return d, nil
}

func detailsOf(found *sandbox.Found, knows agent.Agent) Details {
	got := found.Inspect
	d := Details{
		Name: found.Spec.Name, ContainerID: got.ID, ContainerName: strings.TrimPrefix(got.Name, "/"), Image: got.Config.Image, ImageID: got.Image,
		User: got.Config.User, Command: slices.Concat(got.Config.Entrypoint, got.Config.Cmd), Restarts: got.RestartCount,
		Created: moment(got.Created), StartedAt: moment(got.State.StartedAt), FinishedAt: moment(got.State.FinishedAt), ExitCode: got.State.ExitCode,
		Network: string(got.HostConfig.NetworkMode), Memory: got.HostConfig.Memory, CPUs: float64(got.HostConfig.NanoCPUs) / 1e9,
		ReadOnly: got.HostConfig.ReadonlyRootfs, CapDrop: got.HostConfig.CapDrop, CapAdd: got.HostConfig.CapAdd,
		Security: got.HostConfig.SecurityOpt, Restart: string(got.HostConfig.RestartPolicy.Name),
	}
	if got.HostConfig.PidsLimit != nil {
		d.PIDs = *got.HostConfig.PidsLimit
	}
	if got.NetworkSettings != nil {
		for name, network := range got.NetworkSettings.Networks {
			d.Network, d.IP = name, network.IPAddress
		}
	}
	for port, bindings := range got.HostConfig.PortBindings {
		for _, b := range bindings {
			d.Published = append(d.Published, b.HostIP+":"+b.HostPort+" → "+string(port))
		}
	}
	for _, kv := range got.Config.Env {
		if name, _, _ := strings.Cut(kv, "="); name != knows.PasswordEnv {
			d.Env = append(d.Env, kv)
		}
	}
	slices.Sort(d.Env)
	for _, m := range got.Mounts {
		one := Mount{Kind: string(m.Type), Source: m.Source, Target: m.Destination, ReadOnly: !m.RW}
		if m.Type == mount.TypeVolume {
			one.Source = m.Name
		}
		for role, target := range knows.Mounts {
			if target == m.Destination {
				one.Role = role
			}
		}
		d.Mounts = append(d.Mounts, one)
	}
	slices.SortFunc(d.Mounts, func(a, b Mount) int { return strings.Compare(a.Target, b.Target) })
	d.DockerText, _ = found.Command(knows) // only a spec that is no JSON fails, and this came from one
	return d
}

// DockerCommand is a spec as the docker commands that make the same container, without a secret.
func (e *Engine) DockerCommand(spec sandbox.Spec) (string, error) {
	return sandbox.Command(spec, agent.V1)
}

func moment(text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || at.Year() < 1970 {
		return time.Time{}
	}
	return at
}
