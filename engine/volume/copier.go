package volume

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/client"

	"berth/engine/fault"
)

// A Copier reads, fills and copies volumes by short helper containers of an image that is on the engine anyway, the
// sandbox's own.
//
// Why not by the archive API alone: it cuts times to whole seconds and drops every extended attribute but one (read in
// moby's archive package, measured on 20.10). GNU tar keeps all of it, on every engine. Where the image's tar is another one
// (BusyBox), the archive API does it where the engine's is true to what it copies, else that tar. BusyBox's keeps the times
// of files alone, and gives links to root.
type Copier struct {
	cli   *client.Client
	image string
	gnu   bool // the image has GNU tar
}

// The rights of helpers: to read whatever is there, and to write it anew as it was.
var (
	readCaps  = []string{"DAC_READ_SEARCH"}
	writeCaps = []string{"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "SETFCAP"}
)

// gnuTar remembers by the ids of images, which name their content, whether they have GNU tar. To look costs a container.
var gnuTar sync.Map

var imageID = regexp.MustCompile(`^(sha256:)?[0-9a-f]{64}$`)

// NewCopier looks which tools the image has.
func NewCopier(ctx context.Context, cli *client.Client, image string) (*Copier, error) {
	if known, ok := gnuTar.Load(image); ok {
		return &Copier{cli: cli, image: image, gnu: known.(bool)}, nil
	}
	said := &tailBuffer{limit: maxSaid}
	_, err := helper{For: anyone, Image: image, Command: []string{"tar", "--version"}, Stdout: said}.run(ctx, cli)
	// Only its own words count: a helper that was killed says nothing of its image.
	if err != nil && exitCode(err) != 1 && !missing(err) {
		return nil, fault.From("look for tar in the image", err)
	}
	c := &Copier{cli: cli, image: image, gnu: strings.Contains(said.String(), "GNU tar")}
	if imageID.MatchString(image) {
		gnuTar.Store(image, c.gnu)
	}
	return c, nil
}

// there refuses volumes that do not exist: an engine would make empty ones of them when they are mounted.
func (c *Copier) there(ctx context.Context, volumes ...string) error {
	for _, v := range volumes {
		switch ok, err := Exists(ctx, c.cli, v); {
		case err != nil:
			return err
		case !ok:
			return fault.New(fault.NotFound, "look at volume "+v, "it does not exist")
		}
	}
	return nil
}

// memory is what a helper that copies may use: half of the computer's. The files that pass through it count as its own until the
// system lets go of them; in 1 GiB, filling a volume with twice as much took 4 % longer, by the
// medians of four (cgroup v1).
func (c *Copier) memory(ctx context.Context) int64 {
	info, err := c.cli.Info(ctx)
	if err != nil {
		return 0 // then what every helper has
	}
	return info.MemTotal / 2
}

// Image is the image whose tools it uses.
func (c *Copier) Image() string { return c.image }

// Watch says how a copy is done and whom it tells; any of it may be left out.
type Watch struct {
	For   string        // what it is done for, the label of the helper
	Pause string        // id of the container that is paused meanwhile, so that what it writes stands still
	Files func(n int64) // how many files are through
}

// Export writes a volume's content to w as a tar stream: owner, mode, times to the nanosecond, extended attributes, links
// and holes. Its first entry is the volume's own directory, "./". It tells how many files changed while they were read;
// none do while what writes them is stopped or paused.
func (c *Copier) Export(ctx context.Context, volume string, w io.Writer, watch Watch) (changed int, err error) {
	op := "read volume " + volume
	if err := c.there(ctx, volume); err != nil {
		return 0, err
	}
	from := []mount.Mount{mounted(mount.TypeVolume, volume, "from", true)}
	if !c.gnu {
		switch keeps, err := c.archiveKeepsOwners(ctx); {
		case err != nil:
			return 0, err
		case keeps:
			return 0, c.exportByArchive(ctx, op, from, w, watch)
		}
	}
	h := helper{
		For: watch.For, Pause: watch.Pause, Image: c.image, Mounts: from, Caps: readCaps, Stdout: w, Memory: c.memory(ctx),
		Command: []string{
			"tar", "--create", "--file=-", "--directory=" + mountRoot + "from", "--format=pax", "--sparse", "--numeric-owner",
			"--xattrs", "--xattrs-include=*", "--acls", "--sort=name",
			// Times of access say nothing of the content, and without them and the process's number the stream of an unchanged
			// volume is the same to the byte.
			"--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime", ".",
		},
	}
	if !c.gnu {
		h.Command = []string{"tar", "-c", "-f", "-", "-C", mountRoot + "from", "."}
	}
	complaints, err := h.run(ctx, c.cli)
	if c.gnu && exitCode(err) == 1 { // GNU tar: some files differ
		return max(1, strings.Count(complaints, "changed as we read it")+strings.Count(complaints, "removed before we read it")), nil
	}
	if err != nil {
		return 0, fault.From(op, err)
	}
	return 0, nil
}

// empty is the shell command that empties what is mounted at "to".
const empty = `find ` + mountRoot + `to -mindepth 1 -maxdepth 1 -exec rm -rf {} +`

// Import empties a volume and fills it with what Export wrote.
func (c *Copier) Import(ctx context.Context, volume string, r io.Reader, watch Watch) error {
	return c.importInto(ctx, volume, "", r, watch)
}

// ImportAt fills a folder of a volume, made where it is missing, with a tar stream; the rest of the volume stays.
func (c *Copier) ImportAt(ctx context.Context, volume, folder string, r io.Reader, watch Watch) error {
	return c.importInto(ctx, volume, folder, r, watch)
}

func (c *Copier) importInto(ctx context.Context, volume, folder string, r io.Reader, watch Watch) error {
	op := "fill volume " + volume
	if err := c.there(ctx, volume); err != nil {
		return err
	}
	to := []mount.Mount{mounted(mount.TypeVolume, volume, "to", false)}
	target, first := mountRoot+"to", empty
	if folder != "" {
		target += "/" + folder
		first = `rm -rf "$0" && mkdir -p "$0"` // what an earlier try left in it must not stand beside this one
	}
	h := helper{For: watch.For, Pause: watch.Pause, Image: c.image, Mounts: to, Caps: writeCaps, Memory: c.memory(ctx)}
	archive := false
	if !c.gnu {
		var err error
		if archive, err = c.archiveKeepsOwners(ctx); err != nil {
			return err
		}
	}
	if !archive {
		h.Stdin = r
		if !c.gnu {
			plain, end := asGNU(r)
			defer end()
			h.Stdin = plain
		}
		extract := ` && tar -x -p -f - -C "$0" && cat >/dev/null` // BusyBox reads no further than the mark of the end
		if c.gnu {
			extract = ` && exec tar --extract --file=- --directory="$0" --numeric-owner --same-owner --preserve-permissions` +
				` --xattrs --xattrs-include='*' --acls --delay-directory-restore --sparse`
		}
		h.Command = []string{"sh", "-c", first + extract, target}
		if _, err := h.run(ctx, c.cli); err != nil {
			return fault.From(op, err)
		}
		return nil
	}
	h.Command = []string{"sh", "-c", first, target}
	if _, err := h.run(ctx, c.cli); err != nil {
		return fault.From(op, err)
	}
	err := h.whileItRuns(ctx, c.cli, func(id string) error {
		// From the root: the engine refuses links that lead out of where it unpacks, and volumes are full of such.
		moved, end := prefixed(r, strings.TrimPrefix(target, "/"))
		defer end()
		return cause(ctx, c.cli.CopyToContainer(ctx, id, "/", moved, container.CopyToContainerOptions{}))
	})
	if err != nil {
		return fault.From(op, err)
	}
	return nil
}

// Copy makes a volume hold what another one holds, and nothing else. The engine does it by itself; nothing passes through
// Berth but the count of files.
func (c *Copier) Copy(ctx context.Context, from, to string, watch Watch) error {
	return c.CopyAt(ctx, from, "", to, "", watch)
}

// CopyAt copies a folder of a volume into a folder of another, made where it is missing. Where both are "", the whole, the
// target is emptied before.
func (c *Copier) CopyAt(ctx context.Context, from, fromFolder, to, toFolder string, watch Watch) error {
	if err := c.there(ctx, from, to); err != nil {
		return err
	}
	first := empty
	if fromFolder+toFolder != "" {
		first = `mkdir -p "$1"`
	}
	source, target := below("from", fromFolder), below("to", toFolder)
	h := helper{
		For: watch.For, Pause: watch.Pause, Image: c.image, Caps: writeCaps, Stdout: &lineCounter{tell: watch.Files}, Memory: c.memory(ctx),
		Mounts:  []mount.Mount{mounted(mount.TypeVolume, from, "from", true), mounted(mount.TypeVolume, to, "to", false)},
		Command: []string{"sh", "-c", first + ` && exec cp -a -v "$0/." "$1/"`, source, target},
	}
	if watch.Files == nil {
		h.Command[2] = first + ` && exec cp -a "$0/." "$1/"`
	}
	if _, err := h.run(ctx, c.cli); err != nil {
		return fault.From(fmt.Sprintf("copy volume %s to %s", from, to), err)
	}
	return nil
}

// below is a folder of a mount as a helper sees it.
func below(at, folder string) string {
	if folder == "" {
		return mountRoot + at
	}
	return mountRoot + at + "/" + folder
}

// lineCounter counts lines and tells how many there were.
type lineCounter struct {
	n    int64
	tell func(int64)
}

func (l *lineCounter) Write(p []byte) (int, error) {
	if n := bytes.Count(p, []byte{'\n'}); n > 0 && l.tell != nil {
		l.n += int64(n)
		l.tell(l.n)
	}
	return len(p), nil
}

// cause gives the reason ctx ended for, when it did: the wire only ever says "context canceled".
func cause(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// Own gives all that volumes hold to one user.
func (c *Copier) Own(ctx context.Context, uid, gid int, whatFor string, volumes ...string) error {
	mounts := make([]mount.Mount, len(volumes))
	for i, v := range volumes {
		mounts[i] = mounted(mount.TypeVolume, v, strconv.Itoa(i), false)
	}
	return c.own(ctx, uid, gid, whatFor, mounts)
}

// OwnFolder gives all that a folder of the engine's computer holds to one user. Only with a person's leave.
func (c *Copier) OwnFolder(ctx context.Context, uid, gid int, whatFor, folder string) error {
	return c.own(ctx, uid, gid, whatFor, []mount.Mount{mounted(mount.TypeBind, folder, "0", false)})
}

func (c *Copier) own(ctx context.Context, uid, gid int, whatFor string, mounts []mount.Mount) error {
	h := helper{
		For: whatFor, Image: c.image, Mounts: mounts, Caps: writeCaps, // what has rights of its own needs more than CHOWN
		Command: []string{"chown", "-R", "-h", owner(uid, gid)},
	}
	for _, m := range mounts {
		h.Command = append(h.Command, m.Target)
	}
	if _, err := h.run(ctx, c.cli); err != nil {
		return fault.From("set the owner", err)
	}
	return nil
}
