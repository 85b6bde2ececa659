package figure

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/docker/go-units"
)

// Machine describes this computer, without its name.
func Machine() string {
	said := []string{field("/proc/cpuinfo", "model name"), fmt.Sprintf("%d cores", runtime.NumCPU())}
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		said = append(said, units.BytesSize(float64(Kibibytes(string(text), "MemTotal")))+" of memory")
	}
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease") // elsewhere than on Linux there is none
	said = append(said, strings.TrimSpace(runtime.GOOS+" "+string(release)), field("/etc/os-release", "PRETTY_NAME"))
	known := said[:0]
	for _, one := range said {
		if one = strings.Trim(one, `"`); one != "" {
			known = append(known, one)
		}
	}
	return strings.Join(known, " · ")
}

// field is the first value of a name in a file of names and values; "" when there is none.
func field(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return valueOf(string(text), name)
}

// valueOf is the first value of a name in a text of names and values.
func valueOf(text, name string) string {
	for line := range strings.Lines(text) {
		at := strings.IndexAny(line, ":=")
		if at > 0 && strings.TrimSpace(line[:at]) == name {
			return strings.TrimSpace(line[at+1:])
		}
	}
	return ""
}

// Says is the first line that a program prints; "" when it cannot be run.
func Says(ctx context.Context, name string, args ...string) string {
	text, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return line
}

// Kibibytes is a value that Linux gives in kB in a text of names and values, in bytes; 0 when it is not there.
func Kibibytes(text, name string) uint64 {
	var kib uint64
	if _, err := fmt.Sscan(valueOf(text, name), &kib); err != nil {
		return 0
	}
	return kib << 10
}
