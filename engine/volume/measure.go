package volume

import (
	"context"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/mount"

	"berth/engine/fault"
)

// Size is how much a volume holds.
type Size struct {
	Bytes int64 // the sum of the files' sizes, as their users see them
	Files int64 // files, directories and links
}

// maxSaid bounds what is kept of what programs of an image say where that is a line for each volume, in bytes.
const maxSaid = 1 << 20

// Measure counts what volumes hold, by name. It reads every directory, which takes seconds for 100,000 files.
func (c *Copier) Measure(ctx context.Context, volumes ...string) (map[string]Size, error) {
	if len(volumes) == 0 {
		return map[string]Size{}, nil
	}
	if err := c.there(ctx, volumes...); err != nil {
		return nil, err
	}
	said := &tailBuffer{limit: maxSaid}
	h := helper{For: anyone, Image: c.image, Caps: readCaps, Stdout: said}
	for i, v := range volumes {
		h.Mounts = append(h.Mounts, mounted(mount.TypeVolume, v, strconv.Itoa(i), true))
	}
	// BusyBox's du counts in KiB only.
	h.Command = []string{
		"sh", "-c", `i=0; while [ $i -lt $1 ]; do d=$0$i; b=$(du -s -B1 --apparent-size $d 2>/dev/null) || b="$(du -sk $d) KiB"; ` +
			`echo $i $(find $d | wc -l) $b; i=$((i+1)); done`, mountRoot, strconv.Itoa(len(volumes)),
	}
	if _, err := h.run(ctx, c.cli); err != nil {
		return nil, fault.From("measure volumes", err)
	}
	return parseSizes(said.String(), volumes), nil
}

// maxSize is the most that a volume is believed to hold, in bytes and in files: more than any file system, and as many of them can be
// summed up as there may be volumes.
const maxSize = 1 << 50

// parseSizes reads lines of a volume's number, its files with the mount point, and its bytes, or KiB where the line says so. What
// says them are programs of an image that may be anybody's: a line that is none, or says what cannot be, is left out.
func parseSizes(text string, volumes []string) map[string]Size {
	sizes := map[string]Size{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 4 {
			continue
		}
		i, err := strconv.Atoi(words[0])
		files, err2 := strconv.ParseInt(words[1], 10, 64)
		n, err3 := strconv.ParseInt(words[2], 10, 64)
		if err != nil || err2 != nil || err3 != nil || i < 0 || i >= len(volumes) || files < 1 || files > maxSize || n < 0 || n > maxSize {
			continue
		}
		if words[len(words)-1] == "KiB" {
			n = min(n, maxSize>>10) << 10
		}
		sizes[volumes[i]] = Size{Bytes: n, Files: files - 1} // the mount point itself is none
	}
	return sizes
}
