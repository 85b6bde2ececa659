// Package diagnose says in one report what somebody who is to help needs to know: which Berth on which computer, with which
// engine, in which state, and what went wrong.
//
// A Report is a value. Sections and Text render it and do nothing else; every value goes through one door there, where secrets are
// masked and the home folder becomes ~. Gathering what the engine knows is the façade's business, that of this computer is here.
package diagnose

import (
	"time"

	"berth/engine/crash"
	"berth/engine/fault"
)

// Report is everything at one moment. The zero value of a field says that nothing is known of it.
type Report struct {
	At         time.Time
	Home       string // the home folder, which is written as ~
	Program    Program
	System     System
	Connection Connection
	Engine     *Engine // nil while none answers
	EngineErr  error   // why the connected engine did not tell of itself
	Disk       *Disk   // nil until somebody asked for it
	Further    []Further
	Sandboxes  []Sandbox
	Listed     bool // the sandboxes are known; before that, none is not "none"
	Failures   []Failure
	Notes      []Note
	Settings   []Setting
	Crashes    []crash.Crash
	Log        []string // the newest lines of the app log, oldest first
	LogErr     error
}

// Program is this Berth.
type Program struct {
	Version, Commit string
	Go, Fyne        string
	Started         time.Time
	Settings        string // path of the settings file
	LogFile         string // path of the app log; "" when there is none
	Secrets         string // where secrets are kept, in words
}

// System is this computer and the desktop on it.
type System struct {
	OS, Kernel, Arch string
	CPUs             int
	Desktop, Session string // "GNOME", "wayland"
	Language         string
	FilesOpen        int // 0 when unknown
	FilesLimit       uint64
	Environment      []Setting // what is set of what changes how an engine is found and reached
}

// Connection is how the engine is reached, and what was tried.
type Connection struct {
	Phase    string // "connected", "lost", "looking"
	Name     string // of the endpoint
	Host     string
	Since    time.Time
	Chosen   string // in the settings; "" for none
	Err      *fault.Error
	Attempts []Attempt
}

// Further is one more engine whose sandboxes are shown beside those of the first. They are among the report's.
type Further struct {
	Connection Connection
	Engine     *Engine
	EngineErr  error
	Disk       *Disk
}

// Attempt is one endpoint and what came of it.
type Attempt struct {
	Name, Host, Source string
	Tried              bool
	Err                *fault.Error // nil when it answered, or was not tried
	Took               time.Duration
}

// Engine is what the engine says of itself.
type Engine struct {
	Product, Version, API string
	Components            []Setting // containerd, runc, as it names them
	OS, Kernel, Arch      string
	CPUs                  int
	Memory                int64
	Storage               string // the driver, and what is under it
	Root                  string // where it keeps its data, on its computer
	Cgroup, CgroupDriver  string
	Runtime, Init         string
	LogDriver             string
	Rootless, BuildKit    bool
	Security              []string
	Lacks                 []string // limits that it cannot set
	Proxies               []Setting
	Mirrors               []string
	Containers, Running   int
	Images                int
	Warnings              []string
}

// Disk is what the engine keeps, and what is free where that is known.
type Disk struct {
	At                                  time.Time
	Images, Containers, Volumes, Builds Use
	Free                                []Free
}

// Use is how much things of one kind take.
type Use struct {
	Count              int
	Bytes, Reclaimable int64
}

// Free is the room on one disk.
type Free struct {
	What, Path  string
	Free, Total uint64
}

// Sandbox is one sandbox's state.
type Sandbox struct {
	Name, State, Detail  string
	Since                time.Time
	Version, Update      string
	Image, ImageID       string // as it was asked for, and what that was
	Digest               string // in its registry; "" when it was built here
	Address              string
	Memory               int64
	CPUs                 float64
	Hardened             bool
	LastExit             string // "137: out of memory at …"; "" when none is known
	Badges               []string
	Err                  *fault.Error
	ContainerID, Restart string
}

// MostFailures is how many failed tasks a report tells of.
const MostFailures = 10

// Failure is a task that failed.
type Failure struct {
	At    time.Time
	Title string
	Err   *fault.Error
}

// Note is something the person was told.
type Note struct {
	At   time.Time
	Text string
}

// Setting is a name and a value.
type Setting struct{ Name, Value string }
