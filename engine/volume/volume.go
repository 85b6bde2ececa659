// Package volume sees to the three volumes of a sandbox: that they exist, are Berth's, are used by nobody else, and can be
// written by the user opencode runs as. It never removes one.
package volume

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	dockervolume "github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/task"
)

// The labels of a volume of Berth.
const (
	LabelSandbox = "app.berth.sandbox" // name of the sandbox it belongs to
	LabelRole    = "app.berth.role"    // one of agent.Roles
	LabelSchema  = "app.berth.schema"  // version of the labels' meaning
	Schema       = "1"
)

// labelPrefix marks labels that are Berth's own.
const labelPrefix = "app.berth."

// defaultSandbox is the sandbox whose volumes have no name behind them.
const defaultSandbox = "default"

// Name is the name of a sandbox's volume for a role: opencode-session, and opencode-session-NAME for any but the default
// sandbox.
func Name(role agent.Role, sandbox string) string {
	if sandbox == defaultSandbox {
		return "opencode-" + string(role)
	}
	return "opencode-" + string(role) + "-" + sandbox
}

// Labels are the labels of a sandbox's volume.
func Labels(role agent.Role, sandbox string) map[string]string {
	return map[string]string{LabelSandbox: sandbox, LabelRole: string(role), LabelSchema: Schema}
}

// Ensure makes those volumes of a sandbox that do not exist, and checks those that do. Each shows as a step of t. It changes
// nothing that exists.
//
// A volume without any label is taken as it is: it is one that an earlier docker run made under the same name, and labels
// cannot be added to a volume. One that carries somebody else's labels, another sandbox's, or another driver is refused.
func Ensure(ctx context.Context, cli *client.Client, t *task.Task, sandbox string, roles []agent.Role) error {
	for _, role := range roles {
		name := Name(role, sandbox)
		step := Step(t, name)
		step.Begin("checking")
		found, err := cli.VolumeInspect(ctx, name)
		switch {
		case errdefs.IsNotFound(err):
			if _, err := cli.VolumeCreate(ctx, dockervolume.CreateOptions{Name: name, Labels: Labels(role, sandbox)}); err != nil {
				step.Fail("not made")
				return fault.From("make volume "+name, err)
			}
			step.Done("made")
		case err != nil:
			return fault.From("look at volume "+name, err)
		default:
			if err := check(found, role, sandbox); err != nil {
				step.Fail("not usable")
				return err
			}
			step.Present("already here")
		}
	}
	return nil
}

// Step is the step of a task that sees to a volume.
func Step(t *task.Task, name string) *task.Step {
	return t.Step("volume/"+name, "Volume "+name).Weigh(0.1)
}

// check says why an existing volume cannot serve a sandbox's role.
func check(v dockervolume.Volume, role agent.Role, sandbox string) error {
	refuse := func(kind fault.Kind, why, remedy string) error {
		return &fault.Error{Kind: kind, Op: "use volume " + v.Name, Why: why, Remedy: remedy}
	}
	another := "Choose another name for the sandbox, or rename what uses that volume."
	owner := v.Labels[LabelSandbox]
	switch {
	case owner != "" && owner != sandbox:
		return refuse(fault.VolumeInUse, fmt.Sprintf("it belongs to the sandbox %q", owner), another)
	case v.Labels[LabelRole] != "" && v.Labels[LabelRole] != string(role):
		return refuse(fault.VolumeInUse, fmt.Sprintf("it holds the %s of a sandbox, not the %s", v.Labels[LabelRole], role), another)
	case v.Driver != "" && v.Driver != "local":
		return refuse(fault.NameTaken, fmt.Sprintf("a volume of the driver %q has that name", v.Driver), another)
	}
	if owner == "" {
		if foreign := foreignLabels(v.Labels); len(foreign) > 0 {
			return refuse(fault.NameTaken, "another program made a volume of that name (labels "+strings.Join(foreign, ", ")+")", another)
		}
	}
	return nil
}

// foreignLabels are the names of labels that neither Berth nor an engine by itself put on.
func foreignLabels(labels map[string]string) []string {
	var foreign []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if !strings.HasPrefix(name, labelPrefix) && name != "com.docker.volume.anonymous" {
			foreign = append(foreign, name)
		}
	}
	return foreign
}

// User is a container that mounts a volume.
type User struct {
	ID, Name string
	Running  bool
	Sandbox  string // the sandbox it is, or ""
	Helper   bool   // a short helper of Berth
}

// UsedBy lists the containers, running or not, that mount a volume.
func UsedBy(ctx context.Context, cli *client.Client, name string) ([]User, error) {
	list, err := cli.ContainerList(ctx, container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("volume", name))})
	if err != nil {
		return nil, fault.From("see who uses volume "+name, err)
	}
	var users []User
	for _, c := range list {
		// The filter also matches a mount point of that name.
		if !slices.ContainsFunc(c.Mounts, func(m container.MountPoint) bool { return m.Name == name }) {
			continue
		}
		user := User{ID: c.ID, Running: c.State == "running", Sandbox: c.Labels[LabelSandbox], Helper: c.Labels[LabelHelper] != ""}
		if len(c.Names) > 0 {
			user.Name = strings.TrimPrefix(c.Names[0], "/")
		}
		users = append(users, user)
	}
	return users, nil
}

// Free refuses a session volume that another sandbox or container mounts: two opencodes on one database would both run
// and spoil it. A stopped container counts too, because starting it needs nobody's leave. Own says which names the sandbox's
// own containers have: one with its label and another name was renamed, or made of a copy, outside.
func Free(ctx context.Context, cli *client.Client, sandbox string, own func(container string) bool) error {
	name := Name(agent.Session, sandbox)
	users, err := UsedBy(ctx, cli, name)
	if err != nil {
		return err
	}
	for _, user := range users {
		if user.Helper || user.Sandbox == sandbox && own(user.Name) {
			continue
		}
		return &fault.Error{
			Kind: fault.VolumeInUse, Op: "use volume " + name, Why: fmt.Sprintf("the container %q mounts it too", user.Name),
			Remedy: "Remove that container (its volumes stay), then try again. Two opencodes on one session volume would spoil its database.",
		}
	}
	return nil
}

// NotAnothers refuses a volume with the sessions of another sandbox, for the same reason and also where it is only to be read:
// reading SQLite's database takes part in its locks. A volume that is not there is nobody's.
func NotAnothers(ctx context.Context, cli *client.Client, sandbox, name string) error {
	v, err := cli.VolumeInspect(ctx, name)
	switch {
	case errdefs.IsNotFound(err):
		return nil
	case err != nil:
		return fault.From("look at volume "+name, err)
	case v.Labels[LabelRole] != string(agent.Session) || v.Labels[LabelSandbox] == sandbox:
		return nil
	}
	return &fault.Error{
		Kind: fault.VolumeInUse, Op: "mount volume " + name, Why: fmt.Sprintf("it holds the sessions of the sandbox %q", v.Labels[LabelSandbox]),
		Remedy: "Clone that sandbox for a copy of them. Two opencodes on one session volume would spoil its database.",
	}
}

func owner(uid, gid int) string { return fmt.Sprintf("%d:%d", uid, gid) }

// Exists reports whether there is a volume of that name.
func Exists(ctx context.Context, cli *client.Client, name string) (bool, error) {
	_, err := cli.VolumeInspect(ctx, name)
	if errdefs.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fault.From("look at volume "+name, err)
	}
	return true, nil
}
