// Package sandbox turns what a sandbox should be into one opencode container, and back.
//
// A Spec is kept as a label on the container, so the engine is the only database. This package creates, starts, stops,
// restarts and removes sandboxes, waits for their health and says why one did not come up. It leaves images to
// engine/image, volumes to engine/volume, and what exists now to engine/watch.
package sandbox

import "encoding/json"

// Spec is what a sandbox should be. It is kept as JSON in the label app.berth.spec; it never holds a secret. The zero
// value of each optional field means the default. Unknown keys of a newer Berth are kept in Extra.
type Spec struct {
	Name     string            `json:"name"`
	Image    string            `json:"image"`              // reference it is created from
	Port     int               `json:"port,omitempty"`     // published on BindIP; 0 picks a free one at the first start
	BindIP   string            `json:"bindIP,omitempty"`   // default 127.0.0.1
	Memory   int64             `json:"memory,omitempty"`   // bytes; default 4 GiB, swap equal
	CPUs     float64           `json:"cpus,omitempty"`     // 0 means no limit
	PIDs     int64             `json:"pids,omitempty"`     // default 1024
	Hardened bool              `json:"hardened,omitempty"` // read-only root with exec tmpfs on /tmp and ~/.cache
	Projects string            `json:"projects,omitempty"` // folder of the host bound on /workspace; empty means the volume
	Mounts   []Mount           `json:"mounts,omitempty"`   // beyond the three roles
	Env      map[string]string `json:"env,omitempty"`      // no secrets: they would show in docker inspect
	Restart  string            `json:"restart,omitempty"`  // "no", "unless-stopped" (default), "on-failure", "always"
	CapAdd   []string          `json:"capAdd,omitempty"`
	OpenAuth bool              `json:"openAuth,omitempty"` // no password

	Extra map[string]json.RawMessage `json:"-"` // keys of a newer version, kept as they are
}

// Mount is a folder of the host or a volume, put into the sandbox beside its roles.
type Mount struct {
	Source   string `json:"source"` // absolute path of the engine's host, or a volume's name
	Target   string `json:"target"` // absolute path inside
	ReadOnly bool   `json:"readOnly,omitempty"`
}

// State is what a sandbox is doing, as people speak of it.
type State string

// The states.
const (
	Created   State = "created"  // made, never started
	Starting  State = "starting" // runs, not healthy yet
	Healthy   State = "healthy"
	Unhealthy State = "unhealthy" // runs, and its health check failed or its configuration is broken
	Stopping  State = "stopping"
	Stopped   State = "stopped" // ended as asked: exit 0, or 143 from SIGTERM
	Exited    State = "exited"  // ended by itself with trouble
	Paused    State = "paused"
	Restarts  State = "restarting" // the engine starts it again after a crash
	Changing  State = "changing"   // its container is being made anew
	Absent    State = "absent"     // volumes are there, the container is not
)

// Running reports whether the container's process is alive in this state.
func (s State) Running() bool {
	return s == Starting || s == Healthy || s == Unhealthy || s == Stopping || s == Paused
}

// Startable reports whether there is something for a start to do in this state: a paused sandbox goes on.
func (s State) Startable() bool {
	return s == Paused || !s.Running() && s != Restarts && s != Changing
}

// Stoppable reports whether there is something to stop in this state.
func (s State) Stoppable() bool { return s.Running() || s == Restarts }
