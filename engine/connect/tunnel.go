package connect

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/docker/cli/cli/connhelper/commandconn"
	"github.com/docker/cli/cli/connhelper/ssh"

	"berth/engine/fault"
)

// PortDialer gives how a port that the endpoint's engine publishes on its own loopback is reached from here: nil when a
// plain dial does, because the engine is here; through ssh for an ssh endpoint. Another computer's loopback is not reached
// without it, and dialling ours instead would show a password to whatever listens there.
func PortDialer(ep Endpoint, w Where) func(ctx context.Context, network, address string) (net.Conn, error) {
	if !ep.Remote() {
		return nil
	}
	if !strings.HasPrefix(ep.Host, "ssh://") {
		return func(context.Context, string, string) (net.Conn, error) {
			return nil, &fault.Error{
				Kind: fault.Network, Op: "reach a port of " + ep.Name, Why: "the sandbox is published on that computer's own loopback",
				Remedy: "Connect to that engine over ssh:// instead.", Action: fault.OpenSettings,
			}
		}
	}
	return func(ctx context.Context, _, address string) (net.Conn, error) {
		spec, err := ssh.ParseURL(ep.Host)
		if err != nil {
			return nil, err
		}
		program := w.program("ssh")
		if program == "" {
			return nil, fmt.Errorf("reach %s on %s: the program ssh is not installed", address, spec.Host)
		}
		args := append([]string{"-W", address}, sshFlags...)
		if spec.User != "" {
			args = append(args, "-l", spec.User)
		}
		if spec.Port != "" {
			args = append(args, "-p", spec.Port)
		}
		return commandconn.New(ctx, program, append(args, "--", spec.Host)...)
	}
}
