// Package autostart lets the system start Berth at login, and says truly whether it does.
//
// What is so is read from the system each time and kept nowhere else: an XDG autostart entry, a LaunchAgent on macOS, the Run
// key on Windows. An entry that a person changed is told, and overwritten only when that person switches it. Whether to start
// at login, and how that is shown, is left to others.
package autostart

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"berth/engine/fault"
)

// State is what the system does at login.
type State string

// The states.
const (
	Off      State = "off"      // nothing is there
	On       State = "on"       // this program is started, as Berth would have it
	Disabled State = "disabled" // an entry is there, and turned off in it or elsewhere
	Changed  State = "changed"  // this program is started with other arguments
	Other    State = "other"    // another program is started by the entry
	Unknown  State = "unknown"  // it could not be read
)

// Starts reports whether something is started at login.
func (s State) Starts() bool { return s == On || s == Changed || s == Other }

// Status is what the system says.
type Status struct {
	State  State
	Where  string       // the file or key that says so
	Starts string       // what is started, as a command line; "" when nothing is there
	Err    *fault.Error // why it could not be read
}

// Program is what is started at login.
type Program struct {
	Path string // full path
	Args []string
}

// system is one system's way.
type system interface {
	// read gives what is started, and whether it is turned off; nil when nothing is there.
	read() (argv []string, disabled bool, err error)
	// write puts the program in, or takes it out.
	write(p Program, on bool) error
	where() string
}

// Login starts one program at login, or does not.
type Login struct {
	program Program
	system  system
}

// Here is the way of this system.
func Here(p Program) *Login { return &Login{program: p, system: here()} }

// Look reads what the system does at login.
func (l *Login) Look() Status {
	s := Status{State: Off, Where: l.system.where()}
	argv, disabled, err := l.system.read()
	switch {
	case err != nil:
		s.State, s.Err = Unknown, l.trouble("read what is started at login", err)
		return s
	case argv == nil:
		return s
	}
	s.Starts = words(argv)
	switch {
	case disabled:
		s.State = Disabled
	case len(argv) == 0 || !sameProgram(argv[0], l.program.Path):
		s.State = Other
	case !slices.Equal(argv[1:], l.program.Args):
		s.State = Changed
	default:
		s.State = On
	}
	return s
}

// Set lets the system start the program at login, or not. What else is in an entry is kept.
func (l *Login) Set(on bool) error {
	if err := l.system.write(l.program, on); err != nil {
		return l.trouble("change what is started at login", err)
	}
	return nil
}

func (l *Login) trouble(op string, err error) *fault.Error {
	return &fault.Error{Kind: fault.From("", err).Kind, Op: op, Err: err, Remedy: "Look at " + l.system.where() + ": you need to be able to read and write it."}
}

// This is the program that runs, by the path it was started by where that leads to it: a link that a package made stays right
// when the package is updated. Config is a folder of settings other than the usual; "" for none.
func This(config string) (Program, error) {
	real, err := os.Executable()
	if err != nil {
		return Program{}, err
	}
	p := Program{Path: startedBy(real, os.Args[0], os.Getenv("APPIMAGE"), os.Getenv("APPDIR")), Args: []string{"--hidden"}}
	if config != "" {
		whole, err := filepath.Abs(config)
		if err != nil {
			return Program{}, err
		}
		p.Args = append(p.Args, "--config", whole)
	}
	return p, nil
}

// startedBy chooses the path that will still be right at the next login.
func startedBy(executable, arg0, appImage, appDir string) string {
	if appImage != "" && appDir != "" && strings.HasPrefix(executable, filepath.Clean(appDir)+string(filepath.Separator)) {
		return appImage // what is mounted from it is gone by then
	}
	if found, err := exec.LookPath(arg0); err == nil {
		if whole, err := filepath.Abs(found); err == nil && sameProgram(whole, executable) {
			return whole
		}
	}
	return executable
}

// sameProgram reports whether two paths lead to one file. A name without a folder is looked for as the system does.
func sameProgram(a, b string) bool {
	if a == b {
		return true
	}
	if !strings.ContainsAny(a, `/\`) {
		if found, err := exec.LookPath(a); err == nil {
			a = found
		}
	}
	x, err := os.Stat(a) //nolint:gosec // looked at only
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// words is a command as people read it.
func words(argv []string) string {
	quoted := make([]string, len(argv))
	for i, arg := range argv {
		if arg == "" || strings.ContainsAny(arg, " \t\n\"'\\") {
			arg = `"` + arg + `"`
		}
		quoted[i] = arg
	}
	return strings.Join(quoted, " ")
}
