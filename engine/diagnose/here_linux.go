package diagnose

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// osNames are the distribution's name and the kernel's.
func osNames() (name, kernel string) {
	text, _ := os.ReadFile("/etc/os-release") // without it the name is not known
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
			name = strings.Trim(value, `"'`)
		}
	}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		kernel = "Linux " + unix.ByteSliceToString(u.Release[:])
	}
	return name, kernel
}
