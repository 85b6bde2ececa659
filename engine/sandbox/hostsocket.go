package sandbox

import (
	"path"
	"slices"
	"strings"
)

// engineSockets are the names of sockets that command an engine: whoever reaches one has the whole computer.
var engineSockets = []string{"docker.sock", "podman.sock", "containerd.sock", "buildkitd.sock", "crio.sock"}

// socketPlaces are where a system keeps them. A folder above one has it in it, and so has the kernel's own view of the computer
// below /proc. A person's folder there has the sockets of the keyring and of Berth too.
var socketPlaces = []string{"/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock", "/run/user/*"}

// handsOver reports whether a folder or file of the engine's computer would give the agent an engine, and with it all of the
// computer. Links are not followed: the computer may be a far one.
func handsOver(source string) bool {
	if !path.IsAbs(source) {
		return false // a volume, or a folder of Windows, where an engine listens on a pipe
	}
	source = path.Clean(source)
	if rest, ok := strings.CutPrefix(source+"/", "/var/run/"); ok {
		source = path.Clean("/run/" + rest) // the one is a link to the other
	}
	if slices.Contains(engineSockets, path.Base(source)) || source == "/var" || within(source, "/proc") {
		return true
	}
	for _, place := range socketPlaces {
		for ; place != "/"; place = path.Dir(place) {
			if matches, err := path.Match(place, source); err == nil && matches {
				return true
			}
		}
	}
	return source == "/"
}
