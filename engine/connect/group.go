package connect

import (
	"slices"
	"strconv"
	"strings"
)

// dockerGroup is the group whose members may use Docker's socket.
const dockerGroup = "docker"

// groupWaits reports whether the person was put into the docker group and this login session does not have it yet: the
// group file lists the name, and the process lacks the id. Only group(5) is read; a directory service is not asked.
func groupWaits(w Where) bool {
	if w.Groups == nil || w.User == "" {
		return false
	}
	text, err := w.read("/etc/group")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) != 4 || fields[0] != dockerGroup {
			continue
		}
		id, err := strconv.Atoi(fields[2])
		if err != nil || !slices.Contains(strings.Split(fields[3], ","), w.User) {
			return false
		}
		have, err := w.Groups()
		return err == nil && !slices.Contains(have, id)
	}
	return false
}
