package connect

import (
	"time"

	"berth/engine/fault"
)

// Source says where an endpoint was found.
type Source string

// The sources, in the order in which endpoints are tried.
const (
	FromSettings Source = "settings"    // chosen, or added, by the person
	FromEnv      Source = "DOCKER_HOST" // the environment
	FromContext  Source = "context"     // Docker's context store
	FromSocket   Source = "socket"      // a well-known path of this computer
)

// Endpoint is one way to reach an engine.
type Endpoint struct {
	Name    string // for people, unique in one list: "default", "Docker Desktop", "context lab"
	Host    string // unix:///run/..., npipe://..., tcp://..., ssh://...
	Source  Source
	Context string // name of the Docker context that holds its TLS material; empty when it needs none
	Current bool   // the Docker context in use
	Added   bool   // by hand: it is in the settings, and can be removed there
	Plain   bool   // TCP without TLS
	Certs   string // folder of the TLS files that a person gave for it; "" for none
	// Err says why it cannot be used at all, found without dialling: a corrupt context, a malformed host.
	Err *fault.Error
}

// Remote reports whether the engine is on another computer, so that nothing about this one (ports, paths, disk) holds
// for it.
func (e Endpoint) Remote() bool { return remote(e.Host) }

// Open reports whether all that is sent to the engine can be read and changed on the way: TCP without TLS to another computer.
func (e Endpoint) Open() bool { return e.Plain && e.Remote() }

// Key is equal for endpoints that lead to the same engine. Links to a socket are followed.
func (e Endpoint) Key() string { return sameKey(e.Host) }

// Attempt is what came of trying one endpoint.
type Attempt struct {
	Endpoint Endpoint
	Tried    bool         // false: only known of; a remote endpoint is dialled only when chosen
	Err      *fault.Error // nil when it answered (or was not tried)
	Took     time.Duration
}

// Phase is where the search for an engine stands.
type Phase string

// The phases.
const (
	Looking   Phase = "looking"   // first search, or searching again after none was found
	Connected Phase = "connected" // an engine answers
	Lost      Phase = "lost"      // it answered before and does not now; Berth keeps trying
)

// Status is what is known of the connection at one moment.
type Status struct {
	Phase    Phase
	Endpoint Endpoint // the one in use, or last in use; zero when there never was one
	Engine   Engine   // zero when not connected
	Attempts []Attempt
	Err      *fault.Error // the diagnosis when there is no engine; nil when connected
	NextTry  time.Time    // when it looks again by itself; zero when connected
	Since    time.Time    // when the phase began
}

// Engine is what an engine says of itself.
type Engine struct {
	Product    string // "Docker", "Podman"
	Version    string // "28.5.2"
	APIVersion string // negotiated, "1.51"
	OS         string // "Debian GNU/Linux 12 (bookworm)"
	Arch       string // "amd64", "arm64", as Go names them
	Rootless   bool
	BuildKit   bool // builds with BuildKit over /grpc (the ping's Builder-Version is 2)
	CPUs       int
	Memory     int64 // bytes
}
