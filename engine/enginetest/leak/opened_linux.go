package leak

import (
	"os"
	"strings"
)

const descriptors = "/proc/self/fd/"

// opened is what this process has open, by its kind: "socket", "pipe", "file", and the kernel's others by their names.
func opened() map[string][]string {
	// The runtime's own two are made with the first that it has to wait for, and stay.
	if r, w, err := os.Pipe(); err == nil {
		_ = r.Close()
		_ = w.Close()
	}
	entries, err := os.ReadDir(descriptors)
	if err != nil {
		panic(err) // a check that sees nothing would pass
	}
	all := map[string][]string{}
	for _, entry := range entries {
		target, err := os.Readlink(descriptors + entry.Name())
		if err != nil {
			continue // that of the listing itself is closed by now
		}
		kind := "file"
		if name, _, found := strings.Cut(target, ":"); found && !strings.HasPrefix(target, "/") {
			kind = name
		}
		if kind == "anon_inode" {
			kind = target
		}
		all[kind] = append(all[kind], target)
	}
	return all
}
