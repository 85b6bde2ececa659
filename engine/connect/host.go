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
		spec, err := ssh.ParseURL(parsed)
		if err != nil {
			return "", err
		}
		return parsed, errors.Join(checkNames(spec), checkPort(parsed))
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

// checkNames refuses names of a computer or a user that the ssh program, or what its own configuration hands them to, could take
// for an option or a command. No real one has such letters.
func checkNames(spec *ssh.Spec) error {
	for what, name := range map[string]string{"computer": spec.Host, "user": spec.User} {
		if strings.HasPrefix(name, "-") || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune("'`\"$\\;&<>|(){}", r) }) {
			return fmt.Errorf("%q is no name of a %s", name, what)
		}
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
