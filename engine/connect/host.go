package connect

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"github.com/docker/cli/cli/connhelper/ssh"
	"github.com/docker/cli/opts"
)

// maxSocketPath is how long the path of a unix socket may be, in bytes, without the final zero (unix(7), unix(4)).
var maxSocketPath = map[string]int{"linux": 107, "darwin": 103}

// parseHost brings a host into the form Docker writes it in, as docker's own -H does, and checks what can be checked
// without dialling.
func parseHost(host, goos string) (string, error) {
	host = strings.TrimSpace(host)
	if host == "" {
		return "", errors.New("the host is empty")
	}
	if scheme, rest, ok := strings.Cut(host, "://"); ok && (scheme == "http" || scheme == "https") {
		return "", fmt.Errorf("%s:// is not a scheme of Docker; write tcp://%s", scheme, rest)
	}
	if strings.HasPrefix(host, "npipe://") && goos != "windows" {
		return "", errors.New("named pipes exist on Windows only")
	}
	parsed, err := opts.ParseHost(false, host)
	if err != nil {
		return "", err
	}
	scheme, rest, _ := strings.Cut(parsed, "://")
	switch scheme {
	case "unix":
		return parsed, checkSocket(rest, goos)
	case "npipe":
		return parsed, nil
	case "tcp":
		return parsed, checkPort(parsed)
	case "ssh":
		if _, err := ssh.ParseURL(parsed); err != nil {
			return "", err
		}
		return parsed, checkPort(parsed)
	default:
		return "", fmt.Errorf("%s:// cannot be dialled", scheme)
	}
}

func checkSocket(file, goos string) error {
	if !path.IsAbs(file) && !filepath.IsAbs(file) {
		return fmt.Errorf("the path of the socket, %q, is not absolute", file)
	}
	if limit, ok := maxSocketPath[goos]; ok && len(file) > limit {
		return fmt.Errorf("the path of the socket has %d bytes, and %d is the most there can be", len(file), limit)
	}
	return nil
}

func checkPort(host string) error {
	if strings.ContainsFunc(host, unicode.IsSpace) { // Docker's own reading lets them pass in what follows the port
		return errors.New("there is a space in it")
	}
	u, err := url.Parse(host)
	if err != nil {
		return err
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("%s is not a port", port)
		}
	}
	return nil
}

// socketPath is the file of a unix host; "" for any other.
func socketPath(host string) string {
	file, ok := strings.CutPrefix(host, "unix://")
	if !ok {
		return ""
	}
	return file
}

// sameKey is equal for two hosts that lead to the same engine: links to a socket are followed.
func sameKey(host string) string {
	file := socketPath(host)
	if file == "" {
		return strings.TrimSuffix(host, "/")
	}
	if real, err := filepath.EvalSymlinks(file); err == nil {
		return "unix://" + real
	}
	file = path.Clean(file)
	if rest, ok := strings.CutPrefix(file, "/var/run/"); ok {
		file = "/run/" + rest // the one is a link to the other on every Linux; macOS has only the first
	}
	return "unix://" + file
}
