// Package fault is the one form in which trouble reaches a person.
//
// Every error that leaves an engine package is, or wraps, a *Error: a kind the program can decide on, and the words a
// person needs (what failed, why, what to do). Kinds are matched with errors.Is, details with errors.As; nobody parses
// text. Deciding where an error becomes a *Error, and with which words, is left to the package that met it; From covers
// what every Docker call can answer.
package fault

import (
	"errors"
	"strings"
	"time"
	"unicode"
)

// Kind classifies trouble by what can be done about it. A Kind is itself an error, so that
// errors.Is(err, fault.Unauthorized) asks for it.
type Kind string

// The kinds. Their text is stable: it is shown in reports and written to the log.
const (
	NoEngine      Kind = "no engine"        // nothing that could be an engine was found
	NotRunning    Kind = "not running"      // an engine is installed but does not answer
	Permission    Kind = "no permission"    // this user may not use the endpoint
	GroupInactive Kind = "group not active" // the user is in the group, the login session is not yet
	EngineTooOld  Kind = "engine too old"   // no API version in common
	EngineHung    Kind = "engine hung"      // it accepts connections and does not answer
	BadContext    Kind = "bad context"      // a Docker context or DOCKER_HOST that cannot be used
	ImageNotFound Kind = "image not found"
	Unauthorized  Kind = "unauthorized"
	RateLimited   Kind = "rate limited"
	Network       Kind = "network" // connection refused, reset, cut, name not resolved
	EngineError   Kind = "engine"  // the engine answered 5xx or is restarting
	DiskFull      Kind = "disk full"
	PortInUse     Kind = "port in use"
	NameTaken     Kind = "name taken"
	VolumeInUse   Kind = "volume in use"
	ImageInUse    Kind = "image in use"
	NotWritable   Kind = "not writable"
	Unhealthy     Kind = "unhealthy"
	BrokenConfig  Kind = "broken configuration" // opencode says that it cannot read its own
	BuildFailed   Kind = "build failed"         // a step of the build ended with an error
	NotFound      Kind = "not found"            // a container, volume or network that is gone
	BadInput      Kind = "bad input"            // a value a person or a file gave
	Cancelled     Kind = "cancelled"
	Timeout       Kind = "timeout" // no progress for the stall time
	Unknown       Kind = "unknown"
)

// Error makes a Kind usable as a target of errors.Is.
func (k Kind) Error() string { return string(k) }

// Action names what the window can offer as a button beside an error.
type Action string

// The actions. The zero value offers none.
const (
	NoAction     Action = ""
	Retry        Action = "retry"
	StartEngine  Action = "start engine"
	ChoosePort   Action = "choose port"
	OpenSettings Action = "open settings"
	ShowLog      Action = "show log"
	FreeSpace    Action = "free space"

	RepairOwnership Action = "repair ownership" // of what the volumes hold
)

// Error says what failed, why, and what to do.
type Error struct {
	Kind       Kind
	Op         string        // what was being done and to what, as "pull ghcr.io/x/y:1"
	Why        string        // the cause, as a short sentence without a full stop; when empty Err's text is used
	Remedy     string        // what to do, as a sentence; may be empty
	Command    string        // the exact command that mends it, to be copied; may be empty
	Action     Action        // what the window offers
	RetryAfter time.Duration // how long the other side asked to wait; 0 when it did not
	Log        []string      // last lines of the log that belongs to the failure, oldest first
	Err        error         // the cause; may be nil
}

// Error is one line: "pull ghcr.io/x/y:1: unauthorized: no credentials for ghcr.io".
func (e *Error) Error() string {
	parts := make([]string, 0, 3)
	if e.Op != "" {
		parts = append(parts, e.Op)
	}
	if why := e.Cause(); why != "" {
		parts = append(parts, why)
	} else {
		parts = append(parts, string(e.Kind))
	}
	return strings.Join(parts, ": ")
}

// Cause is why it failed in words: Why, or the text of the wrapped error. What an engine, a registry or a program says can be in it,
// so it is cut where no sentence goes on, and has no letters that act on a screen or a terminal.
func (e *Error) Cause() string {
	if e.Why != "" {
		return readable(e.Why)
	}
	if e.Err != nil {
		return readable(e.Err.Error())
	}
	return ""
}

// maxCause is how many bytes of a cause are told.
const maxCause = 4000

func readable(text string) string {
	acts := func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r)
	}
	if len(text) > maxCause {
		text = strings.ToValidUTF8(text[:maxCause], "") + "…"
	}
	if !strings.ContainsFunc(text, acts) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if acts(r) {
			return -1
		}
		return r
	}, text)
}

// Unwrap gives the wrapped cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is this error's Kind.
func (e *Error) Is(target error) bool {
	kind, ok := target.(Kind)
	return ok && e.Kind == kind
}

// New makes an error of a kind. Op says what was being done, why is the cause in words.
func New(kind Kind, op, why string) *Error { return &Error{Kind: kind, Op: op, Why: why} }

// KindOf gives the kind of err, Unknown when it has none, and "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var fault *Error
	if errors.As(err, &fault) {
		return fault.Kind
	}
	var kind Kind
	if errors.As(err, &kind) {
		return kind
	}
	return From("", err).Kind
}

// Retryable reports whether a second try can succeed where this one failed: network trouble, a registry that asks to
// wait, an engine that is restarting, a stall. Everything else is final.
func Retryable(err error) bool {
	switch KindOf(err) {
	case Network, RateLimited, EngineError, Timeout:
		return true
	default:
		return false
	}
}
