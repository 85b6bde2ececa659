package connect

import (
	"errors"

	"berth/engine/fault"
)

// Remedy is a command that mends a failure by itself: it asks nothing, and ends.
type Remedy struct {
	Argv []string // the program and its arguments; no shell reads them
	Root bool     // it needs the rights of the administrator
}

// Command is the argv to run on this computer. A remedy that needs root goes through pkexec, which asks for the password
// in a window, or else through sudo without asking. It is false when neither is installed or the program itself is not.
func (r Remedy) Command(w Where) (argv []string, ok bool) {
	if len(r.Argv) == 0 {
		return nil, false
	}
	file := w.programOrFile(r.Argv[0])
	if file == "" {
		return nil, false
	}
	argv = append([]string{file}, r.Argv[1:]...)
	if !r.Root || w.UID == 0 {
		return argv, true
	}
	if pkexec := w.program("pkexec"); pkexec != "" && (w.env("DISPLAY") != "" || w.env("WAYLAND_DISPLAY") != "") {
		return append([]string{pkexec}, argv...), true
	}
	if sudo := w.program("sudo"); sudo != "" {
		return append([]string{sudo, "-n"}, argv...), true
	}
	return nil, false
}

// StartCommand is how Berth can start the engine that err, from Try or a Status, says does not run. It is false for any
// other error.
func StartCommand(err error) (Remedy, bool) {
	var t *trouble
	if !errors.As(err, &t) || len(t.start.Argv) == 0 {
		return Remedy{}, false
	}
	return t.start, true
}

// trouble is a cause that knows what starts the engine.
type trouble struct {
	cause error
	start Remedy
}

func (t *trouble) Error() string {
	if t.cause == nil {
		return string(fault.NotRunning)
	}
	return t.cause.Error()
}

func (t *trouble) Unwrap() error { return t.cause }
