package connect

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/docker/cli/cli/connhelper/commandconn"
	"github.com/docker/cli/cli/connhelper/ssh"
)

// PortDialer gives how a port that the endpoint's engine publishes on its own loopback is reached from here: nil when a
// plain dial does, through ssh for an ssh endpoint.
func PortDialer(ep Endpoint, w Where) func(ctx context.Context, network, address string) (net.Conn, error) {
	if !strings.HasPrefix(ep.Host, "ssh://") {
		return nil
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
