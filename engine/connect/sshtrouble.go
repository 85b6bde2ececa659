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

// Causes whose remedies are their own.
const (
	hostChanged = "that computer shows another key than before"
	notLetIn    = "ssh was not let in with any of your keys"
)

// sshPhrases are what ssh, the far side's shell and its docker say, most telling first. Both ends of ssh give nothing but
// text and an exit status that is always 255 or the far program's.
var sshPhrases = []struct {
	text string
	kind fault.Kind
	why  string
}{
	{"remote host identification has changed", fault.BadContext, hostChanged},
	{"has changed and you have requested strict checking", fault.BadContext, hostChanged},
	{"host key verification failed", fault.BadContext, "ssh does not know that computer yet"},
	{"permission denied while trying to connect", fault.Permission, "the user on that computer may not use its engine"},
	{"cannot connect to the docker daemon", fault.NotRunning, "the engine on that computer does not run"},
	{"permission denied (", fault.Permission, notLetIn},
	{"too many authentication failures", fault.Permission, notLetIn},
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
	case fault.BadContext:
		e.Remedy = "Sign in once in a terminal, and accept its key after you compared it with what that computer's owner says."
		e.Command = "ssh " + target
		if e.Why == hostChanged {
			e.Remedy = "If it was set up anew, forget its old key and sign in once in a terminal. If not, somebody may stand between: ask its owner first."
			e.Command = "ssh-keygen -R " + quote(knownAs(host))
		}
	case fault.Permission:
		e.Remedy = "Ask whoever runs that computer for the right to use its engine: the group docker, on most."
		e.Command = "ssh " + target
		if e.Why == notLetIn {
			e.Remedy = "Put your key there with ssh-copy-id, or load the right one into the ssh agent: one with a passphrase works only from there."
			e.Command = "ssh-copy-id " + target
		}
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

// knownAs is a host as the file of known hosts has it.
func knownAs(host string) string {
	u, err := url.Parse(host)
	if err != nil {
		return host
	}
	if port := u.Port(); port != "" && port != "22" {
		return "[" + u.Hostname() + "]:" + port
	}
	return u.Hostname()
}

// lastLine is what ssh said last.
func lastLine(text string) string {
	if _, stderr, ok := strings.Cut(text, "stderr="); ok {
		text = stderr
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
