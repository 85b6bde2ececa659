package volume

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/mount"

	"berth/engine/fault"
)

// File is one entry of a folder in a volume.
type File struct {
	Name     string
	Mode     fs.FileMode // type and permissions
	Size     int64       // bytes
	Modified time.Time
}

// inside makes a path of a volume safe to hand on: it is cleaned as if the volume were all there is.
func inside(p string) string { return strings.TrimPrefix(path.Clean("/"+p), "/") }

// Files lists a folder of a volume, folders first. The names are whatever somebody in the sandbox gave them.
func (c *Copier) Files(ctx context.Context, volume, folder string) ([]File, error) {
	if err := c.there(ctx, volume); err != nil {
		return nil, err
	}
	said := &listing{limit: maxListing}
	h := helper{
		For: anyone, Image: c.image, Caps: readCaps, Stdout: said,
		Mounts: []mount.Mount{mounted(mount.TypeVolume, volume, "from", true)},
		// Mode in hex, size, seconds, name: what both GNU's stat and BusyBox's know. The slash ends a link that the folder may be.
		Command: []string{"find", below("from", inside(folder)) + "/", "-mindepth", "1", "-maxdepth", "1", "-exec", "stat", "-c", "%f %s %Y %n", "{}", "+"},
	}
	if _, err := h.run(ctx, c.cli); err != nil {
		return nil, fault.From("list "+folder, err)
	}
	return parseFiles(said.text.String()), nil
}

// maxListing bounds what is read of a folder, in bytes: some 150,000 files. The agent may make any number.
const maxListing = 16 << 20

// listing keeps what is written to it, and refuses more than its limit.
type listing struct {
	text  bytes.Buffer // no embedded one: it has other ways in than Write
	limit int
}

func (l *listing) Write(p []byte) (int, error) {
	if l.text.Len()+len(p) > l.limit {
		return 0, &fault.Error{
			Kind: fault.BadInput, Why: "it holds more files than can be shown",
			Remedy: "Save it as a whole, or look into it from opencode.",
		}
	}
	return l.text.Write(p)
}

// parseFiles reads lines of mode, size, seconds and path. A line that is none belongs to the name before it: names may hold
// line ends.
func parseFiles(text string) []File {
	var files []File
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		words := strings.SplitN(line, " ", 4)
		if len(words) == 4 && strings.HasPrefix(words[3], mountRoot) {
			mode, err := strconv.ParseUint(words[0], 16, 32)
			size, err2 := strconv.ParseInt(words[1], 10, 64)
			seconds, err3 := strconv.ParseInt(words[2], 10, 64)
			if err == nil && err2 == nil && err3 == nil {
				files = append(files, File{Name: path.Base(words[3]), Mode: unixMode(uint32(mode)), Size: size, Modified: time.Unix(seconds, 0)})
				continue
			}
		}
		if n := len(files); n > 0 {
			files[n-1].Name += "\n" + line
		}
	}
	slices.SortFunc(files, func(a, b File) int {
		if a.Mode.IsDir() != b.Mode.IsDir() {
			if a.Mode.IsDir() {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return files
}

// unixMode is a mode as Linux numbers it.
func unixMode(raw uint32) fs.FileMode {
	mode := fs.FileMode(raw & 0o777)
	switch raw & 0o170000 {
	case 0o040000:
		mode |= fs.ModeDir
	case 0o120000:
		mode |= fs.ModeSymlink
	case 0o010000:
		mode |= fs.ModeNamedPipe
	case 0o140000:
		mode |= fs.ModeSocket
	case 0o020000:
		mode |= fs.ModeDevice | fs.ModeCharDevice
	case 0o060000:
		mode |= fs.ModeDevice
	}
	return mode
}

// Save writes one file of a volume to w; of a folder, a tar. It tells which of the two it was.
func (c *Copier) Save(ctx context.Context, volume, name string, w io.Writer) (folder bool, err error) {
	op := "read " + name
	if err := c.there(ctx, volume); err != nil {
		return false, err
	}
	name = inside(name)
	if name == "" {
		name = "."
	}
	source := []mount.Mount{mounted(mount.TypeVolume, volume, "from", true)}
	h := helper{For: anyone, Image: c.image, Caps: readCaps, Mounts: source}
	h.Command = []string{"sh", "-c", `if [ -h "$0" ]; then exit 90; elif [ -d "$0" ]; then exit 91; elif [ -f "$0" ]; then exit 92; else exit 90; fi`, below("from", name)}
	_, err = h.run(ctx, c.cli)
	h.Stdout = w
	switch exitCode(err) {
	case 91:
		h.Command, folder = []string{"tar", "-c", "-f", "-", "-C", below("from", name), "."}, true
	case 92:
		h.Command = []string{"cat", below("from", name)}
	case 90:
		return false, fault.New(fault.BadInput, op, "it is neither a file nor a folder")
	default:
		return false, fault.From(op, err)
	}
	if _, err := h.run(ctx, c.cli); err != nil {
		return folder, fault.From(op, err)
	}
	return folder, nil
}
