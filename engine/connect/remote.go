package connect

import "strings"

func remote(host string) bool {
	return strings.HasPrefix(host, "ssh://") || strings.HasPrefix(host, "tcp://") && !strings.Contains(host, "//127.0.0.1") && !strings.Contains(host, "//localhost")
}
