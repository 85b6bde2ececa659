package volume

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	dockervolume "github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
)

// Listed is one volume of a sandbox.
type Listed struct {
	Name    string
	Sandbox string
	Role    agent.Role
	Labels  map[string]string
	Created time.Time
	UsedBy  []string // containers that mount it, helpers left out
}

// List lists the volumes that Berth made, and those without labels that a sandbox mounts, by sandbox, role and name.
func List(ctx context.Context, cli *client.Client) ([]Listed, error) {
	const op = "list volumes"
	all, err := cli.VolumeList(ctx, dockervolume.ListOptions{})
	if err != nil {
		return nil, fault.From(op, err)
	}
	containers, err := cli.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return nil, fault.From(op, err)
	}
	users, owners := map[string][]string{}, map[string]string{}
	for _, c := range containers {
		if c.Labels[LabelHelper] != "" || len(c.Names) == 0 {
			continue
		}
		for _, m := range c.Mounts {
			if m.Name != "" {
				users[m.Name] = append(users[m.Name], strings.TrimPrefix(c.Names[0], "/"))
				owners[m.Name] = c.Labels[LabelSandbox]
			}
		}
	}
	var list []Listed
	for _, v := range all.Volumes {
		l := Listed{Name: v.Name, Sandbox: v.Labels[LabelSandbox], Role: agent.Role(v.Labels[LabelRole]), Labels: v.Labels, UsedBy: users[v.Name]}
		if l.Sandbox == "" {
			if l.Sandbox = owners[v.Name]; l.Sandbox == "" {
				continue
			}
			for _, role := range agent.Roles {
				if Name(role, l.Sandbox) == v.Name {
					l.Role = role
				}
			}
		}
		l.Created, _ = time.Parse(time.RFC3339, v.CreatedAt) // an engine that does not tell leaves it zero
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b Listed) int {
		return strings.Compare(a.Sandbox+"\x00"+rolePlace(a.Role)+a.Name, b.Sandbox+"\x00"+rolePlace(b.Role)+b.Name)
	})
	return list, nil
}

// rolePlace sorts roles as agent.Roles does.
func rolePlace(role agent.Role) string {
	i := slices.Index(agent.Roles, role)
	if i < 0 {
		i = len(agent.Roles)
	}
	return strconv.Itoa(i) // there are fewer than ten
}
