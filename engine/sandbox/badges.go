package sandbox

import (
	"net/netip"
	"path"
	"strings"
)

// Badge names one thing that opens a sandbox wider than the defaults.
type Badge struct {
	Text string // "no password"
	Help string // what it means, a sentence
}

// Badges are what opens a sandbox wider than the defaults, the worst first; none when nothing does.
func Badges(spec Spec) []Badge {
	spec = spec.withDefaults()
	var badges []Badge
	if spec.OpenAuth {
		badges = append(badges, Badge{"no password", "Whoever reaches its port can run commands in the sandbox."})
	}
	if ip, err := netip.ParseAddr(spec.BindIP); err != nil || !ip.IsLoopback() {
		badges = append(badges, Badge{"open to the network", "Its port is published on " + spec.BindIP + ", so other computers can reach it."})
	}
	if len(spec.CapAdd) > 0 {
		badges = append(badges, Badge{"extra rights", "It has the capabilities " + strings.Join(spec.CapAdd, ", ") + "."})
	}
	sources := []string{spec.Projects}
	for _, m := range spec.Mounts {
		sources = append(sources, m.Source)
	}
	for _, source := range sources {
		switch {
		case source == "":
		case path.Clean(source) == "/":
			badges = append(badges, Badge{"root folder mounted", "The agent can read and change every file of the engine's computer that its user may."})
		case IsHome(source):
			badges = append(badges, Badge{"home folder mounted", "The agent can read and change all of " + source + "."})
		}
	}
	return badges
}

// IsHome reports whether a folder of the host is somebody's home folder, or holds them all.
func IsHome(folder string) bool {
	parts := strings.FieldsFunc(strings.ReplaceAll(folder, `\`, "/"), func(r rune) bool { return r == '/' })
	if len(parts) > 0 && strings.HasSuffix(parts[0], ":") { // a Windows drive
		parts = parts[1:]
	}
	switch {
	case len(parts) == 1:
		return parts[0] == "root" || parts[0] == "home" || parts[0] == "Users"
	case len(parts) == 2:
		return parts[0] == "home" || parts[0] == "Users"
	}
	return false
}
