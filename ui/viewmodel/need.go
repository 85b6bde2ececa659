package viewmodel

import (
	"berth/engine"
	"berth/engine/sandbox"
)

// The states that the table tells apart, those first that need a person most. Sorted by them, what is wrong stands together at
// the top; rows of one state go by their names.
const (
	needsUnhealthy = iota
	needsExited
	needsRestarting
	needsUnstartable // it was made, and the engine could not start it
	needsPaused
	needsStarting
	needsStopping
	needsNothing // healthy, or running
	needsEnded   // not a sandbox, and it ended with a fault: whoever made it knows whether that matters
	needsStopped
	needsUnstarted
	needsContainer // there is none
	needsEngine    // it is away, and all of its sandboxes with it: that is said elsewhere
)

// need is how much a sandbox needs a person: the less, the more.
func need(s engine.Sandbox) int {
	if s.Away != nil {
		return needsEngine
	}
	switch s.State {
	case sandbox.Unhealthy:
		return needsUnhealthy
	case sandbox.Exited:
		return needsExited
	case sandbox.Restarts:
		return needsRestarting
	case sandbox.Paused:
		return needsPaused
	case sandbox.Starting:
		return needsStarting
	case sandbox.Stopping, sandbox.Changing:
		return needsStopping
	case sandbox.Healthy:
		return needsNothing
	case sandbox.Stopped:
		return needsStopped
	case sandbox.Created:
		if s.Detail != "" {
			return needsUnstartable
		}
		return needsUnstarted
	default:
		return needsContainer
	}
}

// otherNeed is the same of a container that is no sandbox.
func otherNeed(c engine.Container) int {
	if c.Away {
		return needsEngine
	}
	switch c.Status {
	case "restarting":
		return needsRestarting
	case "paused":
		return needsPaused
	case "removing":
		return needsStopping
	case "running":
		return needsNothing
	case "created":
		return needsUnstarted
	}
	if c.ExitCode != 0 {
		return needsEnded
	}
	return needsStopped
}
