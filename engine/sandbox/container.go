package sandbox

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/go-connections/nat"

	"berth/engine/agent"
	"berth/engine/volume"
)

// stopPatience is how long opencode has to end before the engine kills it, in seconds. Under an init it needs 0.2 s.
const stopPatience = 10

// The json-file driver's limits, so that a log never fills the engine's disk.
var logLimits = container.LogConfig{Type: "json-file", Config: map[string]string{"max-size": "10m", "max-file": "3"}}

// containerConfig is the spec as the two halves of a container: what runs, and what the engine allows it. The password is
// in the environment, where opencode reads it; labels hold no secret.
func containerConfig(spec Spec, knows agent.Agent, password string) (*container.Config, *container.HostConfig, error) {
	labels, err := Labels(spec)
	if err != nil {
		return nil, nil, err
	}
	spec = spec.withDefaults()
	port := nat.Port(strconv.Itoa(knows.Port) + "/tcp")
	patience := stopPatience
	config := &container.Config{
		Image: spec.Image, Labels: labels, Env: environment(spec, knows, password), Hostname: spec.Name,
		User: fmt.Sprintf("%d:%d", knows.UID, knows.GID), WorkingDir: knows.Workspace,
		Entrypoint: slices.Clone(knows.Entrypoint), Cmd: slices.Clone(knows.Command),
		ExposedPorts: nat.PortSet{port: {}}, StopTimeout: &patience,
	}
	yes := true
	host := &container.HostConfig{
		Mounts:       mounts(spec, knows),
		PortBindings: nat.PortMap{port: {{HostIP: spec.BindIP, HostPort: strconv.Itoa(spec.Port)}}},
		NetworkMode:  container.NetworkMode(ContainerName(spec.Name)),
		CapDrop:      []string{"ALL"}, CapAdd: slices.Clone(spec.CapAdd),
		SecurityOpt:   []string{"no-new-privileges"},
		Init:          &yes,
		RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyMode(spec.Restart)},
		LogConfig:     logLimits,
		Resources: container.Resources{
			Memory: spec.Memory, MemorySwap: spec.Memory, // equal: no swap beyond the memory
			NanoCPUs: int64(spec.CPUs * 1e9), PidsLimit: &spec.PIDs,
		},
	}
	if spec.Hardened {
		host.ReadonlyRootfs = true
		host.Tmpfs = map[string]string{}
		for _, dir := range knows.Scratch {
			// exec: opencode unpacks its native libraries there.
			host.Tmpfs[dir] = fmt.Sprintf("rw,exec,nosuid,nodev,size=%d,%s", spec.Memory/4, tmpfsOwner(knows))
		}
	}
	return config, host, nil
}

// tmpfsOwner gives a tmpfs to opencode's user. Its mode would not do: runc takes over that of the image's directory.
func tmpfsOwner(knows agent.Agent) string { return fmt.Sprintf("uid=%d,gid=%d", knows.UID, knows.GID) }

// environment is what opencode is told: Berth's own, then the spec's, which may not take the password away.
func environment(spec Spec, knows agent.Agent, password string) []string {
	all := maps.Clone(knows.Env)
	maps.Copy(all, spec.Env)
	delete(all, knows.PasswordEnv)
	if !spec.OpenAuth {
		all[knows.PasswordEnv] = password
	}
	list := make([]string, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+"="+all[name])
	}
	return list
}

// mounts are the three roles, the projects as a folder when the spec says so, and what the spec adds.
func mounts(spec Spec, knows agent.Agent) []mount.Mount {
	var list []mount.Mount
	for _, role := range agent.Roles {
		if role == agent.Projects && spec.Projects != "" {
			list = append(list, mount.Mount{Type: mount.TypeBind, Source: spec.Projects, Target: knows.Mounts[role]})
			continue
		}
		list = append(list, mount.Mount{Type: mount.TypeVolume, Source: volume.Name(role, spec.Name), Target: knows.Mounts[role]})
	}
	for _, m := range spec.Mounts {
		kind := mount.TypeVolume
		if absolute(m.Source) {
			kind = mount.TypeBind
		}
		list = append(list, mount.Mount{Type: kind, Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly})
	}
	return list
}

// roles are the roles that are volumes in this spec.
func roles(spec Spec) []agent.Role {
	return slices.DeleteFunc(slices.Clone(agent.Roles), func(r agent.Role) bool {
		return r == agent.Projects && spec.Projects != ""
	})
}

// mountPoints are the directories that must be writable for opencode's user before its first start.
func mountPoints(spec Spec, knows agent.Agent) []string {
	points := []string{}
	if !spec.Hardened { // there both are a tmpfs or read-only
		points = append(points, knows.Home)
		for _, dir := range knows.Scratch {
			if within(dir, knows.Home) {
				points = append(points, dir)
			}
		}
	}
	for _, role := range roles(spec) {
		points = append(points, knows.Mounts[role])
	}
	return points
}

// Unkept lists the paths that opencode writes and that lie below none of those that are kept, so that they would be lost with
// the container.
func Unkept(kept []string, knows agent.Agent) []string {
	var lost []string
	for _, p := range knows.Writes {
		if !slices.ContainsFunc(kept, func(folder string) bool { return within(p, folder) }) {
			lost = append(lost, p)
		}
	}
	return lost
}

// KeptBy lists the paths of a container below which what is written outlives it.
func KeptBy(mounts []container.MountPoint) []string {
	var kept []string
	for _, m := range mounts {
		if m.RW && m.Type != mount.TypeTmpfs {
			kept = append(kept, m.Destination)
		}
	}
	return kept
}

// within reports whether a path is a folder or lies in it.
func within(p, folder string) bool {
	p, folder = path.Clean(p), path.Clean(folder)
	return p == folder || len(p) > len(folder) && p[:len(folder)] == folder && p[len(folder)] == '/'
}
