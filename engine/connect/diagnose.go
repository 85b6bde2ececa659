package connect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/containerd/errdefs"

	"berth/engine/fault"
)

// diagnose says what it means that an endpoint did not answer. The record has the true cause of a failed connection; err
// is what the client made of it.
func diagnose(ep Endpoint, w Where, rec *record, patience time.Duration, err error) *fault.Error {
	e := &fault.Error{Op: "connect to " + ep.Name, Err: err, Action: fault.Retry}
	connected, dialErr := rec.last()
	if dialErr != nil {
		e.Err = dialErr
	}
	var old tooOld
	switch {
	case errors.As(err, &old), refusedVersion.MatchString(err.Error()):
		versionTrouble(e, w, err)
	case strings.HasPrefix(ep.Host, "ssh://"):
		sshTrouble(e, ep.Host, patience, err)
	case errors.Is(dialErr, fs.ErrPermission):
		permissionTrouble(e, ep, w)
	case isAbsent(dialErr):
		absent(e, ep, w)
	case errors.Is(dialErr, syscall.ECONNREFUSED), errors.Is(dialErr, syscall.ENOTSOCK), errors.Is(dialErr, syscall.EPROTOTYPE):
		refused(e, ep, w, dialErr)
	case dialErr != nil && remote(ep.Host), dialErr == nil && !connected:
		e.Kind, e.Why = fault.Network, plain(e.Err, patience)
		e.Remedy = "Check the address and the network; the engine may be off."
	case errors.Is(err, context.DeadlineExceeded), errors.Is(dialErr, syscall.EAGAIN), isTimeout(dialErr):
		e.Kind, e.Why = fault.EngineHung, fmt.Sprintf("it takes connections and has not answered for %v", patience)
		a, _ := adviceFor(productOf(ep.Host, w), w)
		e.Remedy, e.Command = "Restart the engine.", restartCommand(a)
	case strings.Contains(err.Error(), "certificate"), strings.Contains(err.Error(), "tls: "), strings.Contains(err.Error(), "TLS-enabled"):
		e.Kind, e.Why, e.Action = fault.BadContext, "TLS failed: "+plain(err, patience), fault.OpenSettings
		e.Remedy = "Give the Docker context the CA and the client certificate of this engine."
		e.Command = "docker context inspect " + ep.Context
		if ep.Added {
			e.Remedy, e.Command = "Remove it in the settings, and add it again with the folder of its certificates.", ""
		}
	case errdefs.IsUnauthorized(err), errdefs.IsPermissionDenied(err):
		e.Kind, e.Why = fault.Permission, "it refuses this client: "+err.Error()
		e.Remedy = "Ask whoever runs the engine for access."
	default:
		e.Kind, e.Why = fault.NotRunning, "what answers is no working engine: "+plain(err, patience)
		offerStart(e, ep, w)
	}
	return e
}

// isAbsent: there is no socket or pipe of that name.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// plain is the text of an error without what Go and the client put around it.
func plain(err error, patience time.Duration) string {
	if errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
		return fmt.Sprintf("no answer in %v", patience)
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return "the name " + dns.Name + " cannot be resolved"
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	text := err.Error()
	text = strings.TrimPrefix(text, "error during connect: ")
	return strings.TrimSpace(text)
}

// refusedVersion is how an engine refuses a client's API version: the version, old or new, and the bound it keeps to.
var refusedVersion = regexp.MustCompile(`client version (\S+) is too (old|new)\b(?:.*API version is (\d+(?:\.\d+)*))?`)

// versionTrouble: no API version in common. Both directions are one kind; only the words tell who has to be renewed.
func versionTrouble(e *fault.Error, w Where, err error) {
	e.Kind, e.Why = fault.EngineTooOld, plain(err, 0)
	m := refusedVersion.FindStringSubmatch(err.Error())
	if m != nil && m[2] == "old" {
		e.Why = "the engine is too new for this Berth, which speaks API " + m[1] + " at most"
		if m[3] != "" {
			e.Why += "; the engine asks for " + m[3] + " at least"
		}
		e.Remedy = "Install a newer Berth."
		return
	}
	if m != nil && m[3] != "" {
		e.Why = "the engine is too old: it speaks API " + m[3] + " at most, and was asked in " + m[1]
	}
	e.Remedy = "Update the engine: Docker 20.10 or Podman 4 at least."
	if w.goos() == "linux" {
		e.Command = installed(w)
	}
}

func installed(w Where) string {
	_, command := install(w)
	return command
}

// permissionTrouble: the socket is there and this person may not use it.
func permissionTrouble(e *fault.Error, ep Endpoint, w Where) {
	file := socketPath(ep.Host)
	e.Kind, e.Why = fault.Permission, "this user may not use "+file
	if file == "" {
		e.Why = "this user may not use " + ep.Host
	}
	switch {
	case w.goos() == "windows":
		e.Remedy = "Add your user to the group docker-users, then sign out of Windows and in again."
		e.Command = `net localgroup docker-users "%USERNAME%" /add`
	case w.goos() != "linux":
		e.Remedy, e.Command = "Give your user the right to read and write the socket.", "ls -l "+quote(file)
	case productOf(ep.Host, w) == podmanSystem:
		e.Remedy, e.Command = "Use the Podman of your own user instead.", "systemctl --user enable --now podman.socket"
	case groupWaits(w):
		e.Kind = fault.GroupInactive
		e.Why = "you are in the group docker, and this login began before that"
		e.Remedy = "Log out and in again, or start Berth from a terminal after the command."
		e.Command = "newgrp docker"
	default:
		e.Remedy = "Add your user to the group docker, then log out and in again."
		e.Command = "sudo usermod -aG docker $USER"
	}
}

// absent: no socket or pipe. The product's program tells whether it is stopped or was never installed.
func absent(e *fault.Error, ep Endpoint, w Where) {
	what := ep.Host
	if file := socketPath(ep.Host); file != "" {
		what = file
	}
	of := productOf(ep.Host, w)
	if _, ok := adviceFor(of, w); ok {
		e.Kind, e.Why = fault.NotRunning, fmt.Sprintf("%s is installed and does not run (there is no %s)", of, what)
		offerStart(e, ep, w)
		return
	}
	e.Kind, e.Why = fault.NoEngine, "there is no "+what
	if of != otherProduct {
		e.Why = fmt.Sprintf("%s is not installed (there is no %s)", of, what)
	}
	e.Remedy, e.Command = install(w)
	if ep.Source != FromSocket && !ep.IsDefault(w) {
		e.Remedy, e.Command = "Start the engine it belongs to, or choose another endpoint in the settings.", ""
		e.Action = fault.OpenSettings
	}
}

// IsDefault reports whether it is Docker's default socket or pipe, under whatever name.
func (e Endpoint) IsDefault(w Where) bool {
	return sameKey(e.Host) == sameKey(placesOf(w.goos())[0].host)
}

// refused: a socket nobody listens on, a port that is closed, a file that is no socket.
func refused(e *fault.Error, ep Endpoint, w Where, dialErr error) {
	e.Kind = fault.NotRunning
	file := socketPath(ep.Host)
	switch {
	case file == "":
		e.Why = "nothing listens on " + strings.TrimPrefix(ep.Host, "tcp://")
	case isNoSocket(file):
		e.Kind, e.Why, e.Action = fault.BadContext, file+" is not a socket", fault.OpenSettings
		e.Remedy, e.Command = "Correct the path of the socket, or remove what is in its place.", "ls -l "+quote(file)
		return
	default:
		e.Why = "nothing listens on " + file + "; its engine has stopped"
	}
	e.Err = dialErr
	offerStart(e, ep, w)
}

func isNoSocket(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode()&fs.ModeSocket == 0
}

// offerStart fills in how the endpoint's engine is started, and the button where Berth can do it.
func offerStart(e *fault.Error, ep Endpoint, w Where) {
	of := productOf(ep.Host, w)
	a, ok := adviceFor(of, w)
	if !ok {
		e.Remedy = "Start the engine, then look again."
		if remote(ep.Host) {
			e.Remedy = "Start the engine on that computer, then look again."
		}
		return
	}
	e.Remedy, e.Command = fmt.Sprintf("Start %s.", of), a.say
	if len(a.start) > 0 {
		e.Action = fault.StartEngine
		e.Err = &trouble{cause: e.Err, start: Remedy{Argv: a.start, Root: a.root}}
	}
}

// restartCommand is the start command with restart in its place, for those that have one.
func restartCommand(a advice) string {
	if strings.Contains(a.say, "systemctl") || strings.Contains(a.say, "service docker") {
		return strings.Replace(strings.Replace(a.say, " start ", " restart ", 1), "docker start", "docker restart", 1)
	}
	return ""
}

// quote makes a path safe to paste into a POSIX shell.
func quote(file string) string {
	return "'" + strings.ReplaceAll(file, "'", `'\''`) + "'"
}
