package connect

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"berth/engine/fault"
)

// sshPhrases are what ssh, the far side's shell and its docker say, most telling first. Both ends of ssh give nothing but
// text and an exit status that is always 255 or the far program's.
var sshPhrases = []struct {
	text string
	kind fault.Kind
	why  string
}{
	{"host key verification failed", fault.BadContext, "ssh does not know the key of that computer, or it has changed"},
	{"permission denied while trying to connect", fault.Permission, "the user on that computer may not use its engine"},
	{"cannot connect to the docker daemon", fault.NotRunning, "the engine on that computer does not run"},
	{"permission denied (", fault.Permission, "ssh was not let in with any of your keys"},
	{"too many authentication failures", fault.Permission, "ssh was not let in with any of your keys"},
	{"command not found", fault.NoEngine, "there is no docker program on that computer"},
	{"docker: not found", fault.NoEngine, "there is no docker program on that computer"},
	{"could not resolve hostname", fault.Network, "the name of that computer cannot be resolved"},
	{"connection refused", fault.Network, "that computer takes no ssh connections"},
	{"no route to host", fault.Network, "there is no way to that computer"},
	{"network is unreachable", fault.Network, "there is no way to that computer"},
	{"connection timed out", fault.Network, "that computer does not answer"},
	{"operation timed out", fault.Network, "that computer does not answer"},
}

// sshTrouble: something on the way to, or on, another computer.
func sshTrouble(e *fault.Error, host string, patience time.Duration, err error) {
	text := strings.ToLower(err.Error())
	e.Kind, e.Why = fault.Network, lastLine(err.Error())
	if errors.Is(err, context.DeadlineExceeded) {
		e.Kind, e.Why = fault.EngineHung, fmt.Sprintf("no answer over ssh in %v", patience)
	}
	for _, p := range sshPhrases {
		if strings.Contains(text, p.text) {
			e.Kind, e.Why = p.kind, p.why
			break
		}
	}
	target := sshTarget(host)
	switch e.Kind {
	case fault.BadContext, fault.Permission:
		e.Remedy = "Sign in once in a terminal and follow what it says; keys with a passphrase have to be in the ssh agent."
		e.Command = "ssh " + target
	case fault.NoEngine:
		e.Remedy = "Install Docker 18.09 or later on that computer."
	case fault.NotRunning:
		e.Remedy, e.Command = "Start the engine on that computer.", "ssh "+target+" sudo systemctl start docker"
	case fault.EngineHung:
		e.Remedy, e.Command = "Check in a terminal whether that computer answers.", "ssh "+target+" docker version"
	default:
		e.Remedy, e.Command = "Check the address and the network, then try again.", "ssh "+target
	}
}

// sshTarget is a host as a person types it for ssh.
func sshTarget(host string) string {
	u, err := url.Parse(host)
	if err != nil {
		return quote(host)
	}
	target := u.Hostname()
	if name := u.User.Username(); name != "" {
		target = name + "@" + target
	}
	if strings.ContainsAny(target, " '\"$`\\;&|<>()*?") {
		target = quote(target)
	}
	if port := u.Port(); port != "" {
		return "-p " + port + " " + target
	}
	return target
}

// lastLine is what ssh said last.
func lastLine(text string) string {
	if _, stderr, ok := strings.Cut(text, "stderr="); ok {
		text = stderr
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
