package sandbox

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"

	"berth/engine/agent"
)

// Command is a spec as the docker commands that make the same network and container, for a POSIX shell. It holds no secret: the
// password is taken from the shell's environment.
func Command(spec Spec, knows agent.Agent) (string, error) {
	config, host, err := containerConfig(spec, knows, "")
	if err != nil {
		return "", err
	}
	return commandOf(spec, knows, config, host), nil
}

// Command is Command for a container that exists, with what its engine conceded: see concessions.
func (f *Found) Command(knows agent.Agent) (string, error) {
	config, host, err := containerConfig(f.Spec, knows, "")
	if err != nil {
		return "", err
	}
	is := f.Inspect.HostConfig
	if is.Init == nil || !*is.Init {
		host.Init, config.Entrypoint = nil, f.Inspect.Config.Entrypoint
	}
	for dir, options := range host.Tmpfs {
		if !strings.Contains(is.Tmpfs[dir], tmpfsOwner(knows)) {
			host.Tmpfs[dir] = tmpfsOfUser(options, knows)
		}
	}
	return commandOf(f.Spec, knows, config, host), nil
}

func commandOf(spec Spec, knows agent.Agent, config *container.Config, host *container.HostConfig) string {
	var words []string
	add := func(parts ...string) { words = append(words, parts...) }
	flag := func(name, value string) { add("--" + name + "=" + quote(value)) }
	flag("name", ContainerName(spec.Name))
	flag("hostname", config.Hostname)
	for _, key := range slices.Sorted(maps.Keys(config.Labels)) {
		flag("label", key+"="+config.Labels[key])
	}
	flag("network", string(host.NetworkMode))
	for port, bindings := range host.PortBindings {
		for _, b := range bindings {
			flag("publish", b.HostIP+":"+b.HostPort+":"+port.Port())
		}
	}
	for _, m := range host.Mounts {
		flag("mount", mountFlag(m))
	}
	for _, name := range slices.Sorted(maps.Keys(host.Tmpfs)) {
		flag("tmpfs", name+":"+host.Tmpfs[name])
	}
	for _, kv := range config.Env {
		if name, _, _ := strings.Cut(kv, "="); name == knows.PasswordEnv {
			kv = name // its value comes from the environment
		}
		flag("env", kv)
	}
	flag("user", config.User)
	flag("workdir", config.WorkingDir)
	flag("entrypoint", config.Entrypoint[0])
	for _, c := range host.CapDrop {
		flag("cap-drop", c)
	}
	for _, c := range host.CapAdd {
		flag("cap-add", c)
	}
	for _, o := range host.SecurityOpt {
		flag("security-opt", o)
	}
	if host.ReadonlyRootfs {
		add("--read-only")
	}
	if host.Init != nil && *host.Init {
		add("--init")
	}
	flag("pids-limit", fmt.Sprint(*host.PidsLimit))
	flag("memory", fmt.Sprint(host.Memory))
	flag("memory-swap", fmt.Sprint(host.MemorySwap))
	if host.NanoCPUs > 0 {
		flag("cpus", fmt.Sprint(float64(host.NanoCPUs)/1e9))
	}
	flag("restart", string(host.RestartPolicy.Name))
	flag("stop-timeout", fmt.Sprint(*config.StopTimeout))
	flag("log-driver", host.LogConfig.Type)
	for _, key := range slices.Sorted(maps.Keys(host.LogConfig.Config)) {
		flag("log-opt", key+"="+host.LogConfig.Config[key])
	}
	add(quote(config.Image))
	for _, word := range slices.Concat(config.Entrypoint[1:], config.Cmd) {
		add(quote(word))
	}
	create := "docker network create " + quote(string(host.NetworkMode))
	note := ""
	if !spec.OpenAuth {
		note = fmt.Sprintf("# %s must hold the password\n", knows.PasswordEnv)
	}
	return note + create + "\ndocker run --detach \\\n  " + strings.Join(words, " \\\n  ") + "\n"
}

// mountFlag is a mount as docker run --mount takes it: comma-separated values, each quoted as CSV wants it.
func mountFlag(m mount.Mount) string {
	fields := []string{"type=" + string(m.Type), "source=" + m.Source, "target=" + m.Target}
	if m.ReadOnly {
		fields = append(fields, "readonly")
	}
	for i, f := range fields {
		if strings.ContainsAny(f, ",\"\n") {
			fields[i] = `"` + strings.ReplaceAll(f, `"`, `""`) + `"`
		}
	}
	return strings.Join(fields, ",")
}

var harmless = regexp.MustCompile(`^[A-Za-z0-9_./:=@%+,-]+$`)

// quote makes one word of a POSIX shell.
func quote(word string) string {
	if harmless.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
