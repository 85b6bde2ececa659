package sandbox

import (
	"fmt"
	"net/netip"
	"path"
	"regexp"
	"slices"

	"github.com/distribution/reference"

	"berth/engine/config"
	"berth/engine/fault"
)

// Defaults of a spec's optional fields.
const (
	DefaultMemory = 4 << 30
	DefaultPIDs   = 1024
)

// maxName keeps berth-NAME a valid host name and opencode-projects-NAME a short volume name.
const maxName = 40

var (
	validName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$`)
	validEnv  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// ValidName says what is wrong with a sandbox's name; nil when nothing is.
func ValidName(name string) error {
	switch {
	case name == "":
		return wrong("name", "a sandbox needs a name")
	case len(name) > maxName:
		return wrong("name", fmt.Sprintf("the name is longer than %d letters", maxName))
	case !validName.MatchString(name):
		return wrong("name", fmt.Sprintf("%q is not a name: use small letters, digits and, between them, dashes", name))
	}
	return nil
}

// Validate says what is wrong with a spec, naming the field as its JSON does. The error is of the kind BadInput.
func (s Spec) Validate() error {
	if err := ValidName(s.Name); err != nil {
		return err
	}
	if _, err := reference.ParseAnyReference(s.Image); err != nil {
		return wrong("image", fmt.Sprintf("%q is not an image reference", s.Image))
	}
	switch {
	case s.Port < 0 || s.Port > 65535:
		return wrong("port", fmt.Sprintf("%d is not a port; use 1 to 65535", s.Port))
	case s.Memory != 0 && s.Memory < config.MinMemory:
		return wrong("memory", "opencode needs at least 512 MiB")
	case s.CPUs < 0:
		return wrong("cpus", "the number of CPUs cannot be negative")
	case s.PIDs < 0:
		return wrong("pids", "the number of processes cannot be negative")
	case s.Restart != "" && !slices.Contains(config.RestartPolicies, s.Restart):
		return wrong("restart", fmt.Sprintf("%q is not one of %q", s.Restart, config.RestartPolicies))
	case s.Projects != "" && !absolute(s.Projects):
		return wrong("projects", fmt.Sprintf("%q is not the full path of a folder", s.Projects))
	case handsOver(s.Projects):
		return wrong("projects", wholeComputer)
	}
	if s.BindIP != "" {
		if _, err := netip.ParseAddr(s.BindIP); err != nil {
			return wrong("bindIP", fmt.Sprintf("%q is not an address", s.BindIP))
		}
	}
	for name := range s.Env {
		if !validEnv.MatchString(name) {
			return wrong("env", fmt.Sprintf("%q is not the name of a variable", name))
		}
	}
	for _, m := range s.Mounts {
		if m.Source == "" || !path.IsAbs(m.Target) || path.Clean(m.Target) == "/" {
			return wrong("mounts", fmt.Sprintf("%q on %q: a mount needs a source and a full path inside", m.Source, m.Target))
		}
		if handsOver(m.Source) {
			return wrong("mounts", wholeComputer)
		}
	}
	return nil
}

const wholeComputer = "the Docker socket in a sandbox would give the agent the whole computer"

// absolute knows the paths of every system an engine can run on: /home/me, C:\Users\me.
func absolute(p string) bool {
	return path.IsAbs(p) || regexp.MustCompile(`^[A-Za-z]:[\\/]`).MatchString(p)
}

func wrong(field, why string) error {
	return &fault.Error{Kind: fault.BadInput, Op: field, Why: why}
}

// withDefaults fills the optional fields that have a default.
func (s Spec) withDefaults() Spec {
	if s.BindIP == "" {
		s.BindIP = defaultBindIP
	}
	if s.Memory == 0 {
		s.Memory = DefaultMemory
	}
	if s.PIDs == 0 {
		s.PIDs = DefaultPIDs
	}
	if s.Restart == "" {
		s.Restart = config.RestartPolicies[0]
	}
	return s
}

// ValidEnv reports whether a variable may have that name.
func ValidEnv(name string) bool { return validEnv.MatchString(name) }
