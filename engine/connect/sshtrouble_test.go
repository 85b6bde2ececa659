package connect

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"berth/engine/fault"
)

// What ssh of OpenSSH 9 and the programs on the far side write, as the client hands it over.
func TestWhatSSHSaysIsUnderstood(t *testing.T) {
	said := func(stderr string) error {
		return fmt.Errorf("error during connect: Get \"http://docker.example.com/v1.51/_ping\": command [ssh -T -o BatchMode=yes -- lab docker system dial-stdio] has exited with exit status 255, make sure the URL is valid, and Docker 18.09 or later is installed on the remote host: stderr=%s", stderr)
	}
	const host = "ssh://ann@lab:2222"
	tests := []struct {
		name    string
		err     error
		kind    fault.Kind
		why     string
		command string
	}{
		{"a key that changed", said("@@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.\r\n"), fault.BadContext, "another key than before", "ssh-keygen -R '[lab]:2222'"},
		{"a key that is not known", said("No ED25519 host key is known for lab and you have requested strict checking.\r\nHost key verification failed.\r\n"), fault.BadContext, "does not know that computer yet", "ssh -p 2222 ann@lab"},
		{"no key that fits", said("ann@lab: Permission denied (publickey,password).\r\n"), fault.Permission, "not let in", "ssh-copy-id -p 2222 ann@lab"},
		{"too many keys", said("Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures\r\n"), fault.Permission, "not let in", "ssh-copy-id -p 2222 ann@lab"},
		{"a user who may not use the engine", said("permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock"), fault.Permission, "may not use its engine", "ssh -p 2222 ann@lab"},
		{"an engine that is down", said("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"), fault.NotRunning, "does not run", "sudo systemctl start docker"},
		{"no docker in bash", said("bash: line 1: docker: command not found"), fault.NoEngine, "no docker program", ""},
		{"no docker in dash", said("sh: 1: docker: not found"), fault.NoEngine, "no docker program", ""},
		{"no docker in zsh", said("zsh:1: command not found: docker"), fault.NoEngine, "no docker program", ""},
		{"a name nobody knows", said("ssh: Could not resolve hostname lab: Name or service not known\r\n"), fault.Network, "cannot be resolved", "ssh -p 2222 ann@lab"},
		{"no sshd", said("ssh: connect to host lab port 2222: Connection refused\r\n"), fault.Network, "takes no ssh connections", "ssh -p 2222 ann@lab"},
		{"no way there", said("ssh: connect to host lab port 2222: No route to host\r\n"), fault.Network, "no way to", "ssh -p 2222 ann@lab"},
		{"no network here", said("ssh: connect to host lab port 2222: Network is unreachable\r\n"), fault.Network, "no way to", "ssh -p 2222 ann@lab"},
		{"no answer on Linux", said("ssh: connect to host lab port 2222: Connection timed out\r\n"), fault.Network, "does not answer", "ssh -p 2222 ann@lab"},
		{"no answer on macOS", said("ssh: connect to host lab port 2222: Operation timed out\r\n"), fault.Network, "does not answer", "ssh -p 2222 ann@lab"},
		{"no answer at all", fmt.Errorf("ping: %w", context.DeadlineExceeded), fault.EngineHung, "no answer over ssh in 15s", "docker version"},
		{"something unheard of", said("first\nkex_exchange_identification: banner line contains invalid characters"), fault.Network, "kex_exchange_identification: banner line contains invalid characters", "ssh -p 2222 ann@lab"},
		{"a sentence of the client alone", errors.New("unexpected end of JSON input"), fault.Network, "unexpected end of JSON input", "ssh -p 2222 ann@lab"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := diagnose(Endpoint{Name: "lab", Host: host}, at("linux", "", nil), &record{connected: true}, sshTimeout, tt.err)
			wantDiagnosis(t, e, tt.kind, tt.command)
			if !strings.Contains(e.Why, tt.why) || strings.ContainsAny(e.Why, "\r\n") {
				t.Errorf("why %q, want %q", e.Why, tt.why)
			}
		})
	}
}

func TestAnSSHHostIsTypedAsAShellTakesIt(t *testing.T) {
	for host, want := range map[string]string{
		"ssh://lab":               "lab",
		"ssh://ann@lab":           "ann@lab",
		"ssh://ann@lab:2222/sock": "-p 2222 ann@lab",
		"ssh://a%3Bb@lab":         "'a;b@lab'",
		"ssh://[::1]:22":          "-p 22 ::1",
		"ssh://%zz":               "'ssh://%zz'",
	} {
		if got := sshTarget(host); got != want {
			t.Errorf("%s is typed %s, want %s", host, got, want)
		}
	}
}
