// Package agent is what Berth knows of opencode, per major version, as data: how it is started, where it listens, how
// its health is asked for, what it writes where. A Client speaks to one that runs.
//
// Nothing else in Berth names an opencode path, port or variable. The facts were measured on opencode 1.18.33.
package agent

import (
	"fmt"
	"strconv"
	"strings"

	"berth/engine/fault"
)

// Role is what a volume of a sandbox holds.
type Role string

// The roles.
const (
	Session  Role = "session"  // sessions, provider keys, state
	Projects Role = "projects" // the work
	Config   Role = "config"   // settings, agents, plugins
)

// Roles are all roles, in the order in which they are shown.
var Roles = []Role{Session, Projects, Config}

// Agent describes one major version of opencode.
type Agent struct {
	Major       int
	Entrypoint  []string          // replaces the image's, so that every image runs alike
	Command     []string          // after the entrypoint
	Port        int               // in the container
	User        string            // of HTTP basic authentication
	PasswordEnv string            // variable that sets the password; without it everything is open
	Env         map[string]string // set in every sandbox
	HealthPath  string            // answers {"healthy":true,"version":"..."}
	ConfigPath  string            // answers 400 when the configuration is broken, though health stays green
	SessionPath string            // lists sessions of the query's directory; POST makes one
	ProjectPath string            // lists the projects it knows, each with its worktree
	AuthPath    string            // PUT AuthPath/{provider} keeps a provider's key on the session volume, DELETE removes it
	AuthFile    string            // where it keeps them: a JSON object by provider, each with its "type"; absent while there are none
	// ProviderPath lists the providers it knows, with their keys; DisposePath has it forget what it holds in memory, keys too.
	ProviderPath, DisposePath string
	Home                      string          // HOME in the container
	Workspace                 string          // must never change: opencode keys its sessions by directory
	Mounts                    map[Role]string // where each role's volume is mounted
	Writes                    []string        // what it writes and must find again; each must lie on a volume
	Database                  string          // its SQLite database, where it is when it is
	Scratch                   []string        // what it writes and may lose; writable, exec, tmpfs in a hardened sandbox
	UID, GID                  int             // the user it runs as
	MemoryFloor               int64           // bytes; below this it is killed at the first session
}

// V1 is opencode 1.x.
var V1 = Agent{
	Major:       1,
	Entrypoint:  []string{"opencode"},
	Command:     []string{"serve", "--hostname", "0.0.0.0", "--port", "4096"},
	Port:        4096,
	User:        "opencode",
	PasswordEnv: "OPENCODE_SERVER_PASSWORD",
	Env: map[string]string{
		"HOME":                        "/home/opencode",
		"OPENCODE_CONFIG_CONTENT":     `{"autoupdate":false,"share":"disabled"}`,
		"OPENCODE_DISABLE_AUTOUPDATE": "1",
		// A bind mount keeps the host's owner, and git refuses a repository of another owner. An image that Berth did not
		// build has no gitconfig that allows it.
		"GIT_CONFIG_COUNT":   "1",
		"GIT_CONFIG_KEY_0":   "safe.directory",
		"GIT_CONFIG_VALUE_0": "*",
	},
	HealthPath:  "/global/health",
	ConfigPath:  "/config",
	SessionPath: "/session",
	ProjectPath: "/project",
	AuthPath:    "/auth",
	AuthFile:    "/home/opencode/.local/share/opencode/auth.json",

	ProviderPath: "/provider", DisposePath: "/global/dispose",

	Home:      "/home/opencode",
	Workspace: "/workspace",
	Mounts: map[Role]string{
		Session: "/home/opencode/.local", Config: "/home/opencode/.config", Projects: "/workspace",
	},
	Writes: []string{
		"/home/opencode/.local/share/opencode", "/home/opencode/.local/state/opencode",
		"/home/opencode/.config/opencode", "/workspace",
	},
	Database: "/home/opencode/.local/share/opencode/opencode.db",
	Scratch:  []string{"/tmp", "/home/opencode/.cache"},
	UID:      1000, GID: 1000,
	MemoryFloor: 512 << 20,
}

// For gives what is known of the opencode of that version, "1.18.33" or "". A major version that Berth does not know is
// an error: it would start another program in the old one's ways.
func For(version string) (Agent, error) {
	if version == "" {
		return V1, nil
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	n, err := strconv.Atoi(major)
	if err != nil || n != V1.Major {
		return Agent{}, &fault.Error{
			Kind: fault.BadInput, Op: "use opencode " + version, Why: fmt.Sprintf("this Berth knows opencode %d only", V1.Major),
			Remedy: fmt.Sprintf("Choose a version %d of opencode, or update Berth.", V1.Major), Action: fault.OpenSettings,
		}
	}
	return V1, nil
}
