package engine

import (
	"time"

	"berth/engine/connect"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
)

// Snapshot is the immutable state of everything at one moment, as the window shows it. Nobody may change what it points
// to; two snapshots may share what did not change.
type Snapshot struct {
	Seq       uint64 // grows with every change
	At        time.Time
	Engine    connect.Status
	Listed    bool        // the engine's containers have been read since it connected; before that, empty is not "none"
	Sandboxes []Sandbox   // by name
	Others    []Container // the engines' containers that are no sandboxes, by name
	Images    uint64      // grows with every change of the engine's images; Engine.Images lists them
	Volumes   uint64      // grows with every change of volumes, sizes or backups; Engine.Volumes lists them
	Tasks     []task.View // newest first
	Notices   []Notice    // newest last; what the person should know though nothing failed
	Also      []Member    // the further engines whose sandboxes are among these, in the order of the settings
}

// Member is a further engine.
type Member struct {
	Name   string // of its endpoint
	Status connect.Status
	Listed bool // its containers have been read since it connected, as of a Snapshot
}

// Sandbox is one sandbox as it is now.
type Sandbox struct {
	Name        string
	Spec        sandbox.Spec
	ContainerID string
	ImageID     string
	State       sandbox.State
	Detail      string // why, in words, when the state does not say all: "out of memory", "port 4096 is taken"
	Version     string // opencode's own, "" while unknown
	Update      string // version it can be updated to; "" for none that is known
	Address     string // "127.0.0.1:4096", "" when nothing is published
	Created     time.Time
	Since       time.Time // when the state began
	ExitCode    int
	OOMKilled   bool
	Badges      []Badge      // what opens it wider than the defaults
	Err         *fault.Error // why the last command on it failed, until the next one
	Failed      task.ID      // that command, to be given Again
	Usage       *Usage       // nil when nobody looks or it does not run
	History     []Moment     // states it was seen in, the newest last
	Early       bool         // it has just ended, and why is not known yet

	// Where there are several engines. The name of a sandbox of a further one ends in "@" and the engine's name then.
	Engine string       // name of its endpoint; "" when there is only one
	Far    bool         // the engine is on another computer
	Away   *fault.Error // why the engine is not there: all of the above is as it was then; nil when it is
}

// Moment is a state a sandbox came into.
type Moment struct {
	At     time.Time
	State  sandbox.State
	Detail string // "137: out of memory"
}

// Container is a container that is no sandbox.
type Container struct {
	ID       string
	Name     string
	Image    string
	Status   string // the engine's word: "running", "exited"
	ExitCode int
	Address  string // first published port, "" when none is
	Created  time.Time

	// Where there are several engines, as of a Sandbox.
	Engine string
	Far    bool
	Away   bool // the engine is not there: all of the above is as it was then
}

// Badge says one thing that opens a sandbox wider than the defaults.
type Badge struct {
	Text string // "home folder mounted"
	Help string // what it means, a sentence
}

// Usage is what a running sandbox takes, with a short history for the graph.
type Usage struct {
	CPU      float64   // percent of one core, 100 is one core full
	Memory   int64     // bytes without the page cache, as docker stats shows it
	Limit    int64     // bytes
	Received int64     // bytes since start
	Sent     int64     // bytes since start
	History  []float64 // CPU, oldest first, one a second, at most 60
}

// Notice is a message that is not an error.
type Notice struct {
	At      time.Time
	Subject string // sandbox name or ""
	Engine  string // name of the further engine that says it; "" for the first
	Text    string
}
