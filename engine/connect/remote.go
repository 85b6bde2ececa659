package connect

import (
	"net"
	"net/url"
	"strings"
)

// remote reports whether a host is on another computer. What is not understood counts as remote: nothing is known to
// hold for it here.
func remote(host string) bool {
	u, err := url.Parse(host)
	if err != nil {
		return !strings.HasPrefix(host, "unix://") && !strings.HasPrefix(host, "npipe://")
	}
	switch u.Scheme {
	case "unix", "npipe", "fd":
		return false
	case "tcp", "http", "https":
		return !loopback(u.Hostname())
	default: // ssh also to this computer: another user's environment, and slow to dial
		return true
	}
}

// loopback reports whether a host name or address is this computer's own. No name is looked up.
func loopback(name string) bool {
	name, _, _ = strings.Cut(name, "%") // an IPv6 zone
	if ip := net.ParseIP(name); ip != nil {
		return ip.IsLoopback()
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}
