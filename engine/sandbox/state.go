package sandbox

import (
	"fmt"
	"time"

	"berth/engine/fault"
)

// Health is what the probes found out about one run of a sandbox.
type Health struct {
	Known   bool   // it was asked at all
	Version string // opencode's, once it said so
	Err     error  // why it is not healthy; nil when it is
	Since   time.Time
}

// OK reports whether it is known to be healthy.
func (h Health) OK() bool { return h.Known && h.Err == nil }

// Same reports whether two findings say the same, whenever they were made.
func (h Health) Same(other Health) bool {
	return h.Known == other.Known && h.Version == other.Version && text(h.Err) == text(other.Err)
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Facts are what an engine says of a sandbox's container.
type Facts struct {
	Status    string // "created", "running", "paused", "restarting", "removing", "exited", "dead"
	ExitCode  int
	OOMKilled bool
	Error     string // the engine's own, when it could not start it
}

// StateOf reads a container's facts and its health as one state, and says in words what the state does not.
func StateOf(facts Facts, health Health) (State, string) {
	switch facts.Status {
	case "created":
		return Created, facts.Error
	case "paused":
		return Paused, ""
	case "restarting":
		return Restarts, ExitWords(facts)
	case "removing":
		return Stopping, ""
	case "running":
		switch {
		case health.OK():
			return Healthy, ""
		case health.Known:
			return Unhealthy, cause(health.Err)
		default:
			return Starting, ""
		}
	default: // exited, dead, and whatever another engine calls it
		if normalEnd(facts) {
			return Stopped, ""
		}
		return Exited, ExitWords(facts)
	}
}

// normalEnd reports whether the container ended as it was asked to. 143 is SIGTERM, which opencode under an init ends with;
// 130 is SIGINT.
func normalEnd(facts Facts) bool {
	return !facts.OOMKilled && facts.Error == "" && (facts.ExitCode == 0 || facts.ExitCode == 143 || facts.ExitCode == 130)
}

// ExitWords says why a container ended, as "137: out of memory".
func ExitWords(facts Facts) string {
	var why string
	switch {
	case facts.OOMKilled:
		why = "out of memory"
	case facts.Error != "":
		return facts.Error
	case facts.ExitCode == 137:
		why = "killed"
	case facts.ExitCode == 139:
		why = "crashed"
	case facts.ExitCode == 126:
		why = "the command cannot be run"
	case facts.ExitCode == 127:
		why = "the command is not in the image"
	default:
		return fmt.Sprint(facts.ExitCode)
	}
	return fmt.Sprintf("%d: %s", facts.ExitCode, why)
}

func cause(err error) string {
	return fault.From("", err).Cause()
}
