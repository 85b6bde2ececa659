package volume

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/client"

	"berth/engine/fault"
)

// What is done for images whose tar is not GNU's: the archive API of an engine that is true to what it copies, or that tar.

// archiveKeepsOwners asks the engine to take a file and to give it back, and looks whose it then is. Podman 4.3 gives all
// of a volume to the container's user.
func (c *Copier) archiveKeepsOwners(ctx context.Context) (bool, error) {
	const name, owner = "berth-owner", 4321
	kept := false
	h := helper{For: anyone, Image: c.image, Command: []string{"true"}}
	err := h.with(ctx, c.cli, func(id string) error {
		var one bytes.Buffer
		w := tar.NewWriter(&one)
		if err := errors.Join(w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Uid: owner, Gid: owner}), w.Close()); err != nil {
			return err
		}
		if err := c.cli.CopyToContainer(ctx, id, "/", &one, container.CopyToContainerOptions{}); err != nil {
			return err
		}
		back, _, err := c.cli.CopyFromContainer(ctx, id, "/"+name)
		if err != nil {
			return err
		}
		defer func() { _ = back.Close() }()
		got, err := tar.NewReader(back).Next()
		kept = err == nil && got.Uid == owner && got.Gid == owner
		return cause(ctx, err)
	})
	if err != nil {
		return false, fault.From("look how the engine copies", err)
	}
	return kept, nil
}

// whileItRuns lets do work with the archive API on the helper's container while that runs: in one that does not run, Podman
// 4.3 shows nothing of a volume, and takes what is put there into the container instead.
func (h helper) whileItRuns(ctx context.Context, cli *client.Client, do func(id string) error) error {
	h.Command = []string{"sleep", "1000000"} // ended with the container
	return h.with(ctx, cli, func(id string) error {
		if err := cli.ContainerStart(ctx, id, container.StartOptions{}); err != nil {
			return err
		}
		if err := do(id); err != nil {
			return err
		}
		got, err := cli.ContainerInspect(ctx, id)
		if err != nil {
			return err
		}
		if !got.State.Running { // what was copied may have been no volume's
			return &helperError{code: got.State.ExitCode}
		}
		return nil
	})
}

func (c *Copier) exportByArchive(ctx context.Context, op string, from []mount.Mount, w io.Writer, watch Watch) error {
	h := helper{For: watch.For, Pause: watch.Pause, Image: c.image, Mounts: from}
	err := h.whileItRuns(ctx, c.cli, func(id string) error {
		archive, _, err := c.cli.CopyFromContainer(ctx, id, from[0].Target+"/.")
		if err != nil {
			return err
		}
		defer func() { _ = archive.Close() }()
		_, err = io.Copy(w, archive)
		return cause(ctx, err)
	})
	if err != nil {
		return fault.From(op, err)
	}
	return nil
}

// prefixed puts all that a tar holds below a folder. End must be called; it waits.
func prefixed(r io.Reader, folder string) (moved io.Reader, end func()) {
	return rewritten(func(w io.Writer) error { return movePaths(w, r, folder) })
}

// asGNU writes a tar in the older format that every tar reads: BusyBox's skips the headers of pax, where long names and the maps
// of files with holes are. Attributes, which such a tar does not know, and parts of seconds are left out. End must be called; it
// waits.
func asGNU(r io.Reader) (plain io.Reader, end func()) {
	return rewritten(func(w io.Writer) error { return writeGNU(w, r) })
}

func writeGNU(w io.Writer, r io.Reader) error {
	return rewrite(w, r, func(h *tar.Header) tar.Header {
		one := tar.Header{
			Typeflag: h.Typeflag, Name: h.Name, Linkname: h.Linkname, Size: h.Size, Mode: h.Mode, Uid: h.Uid, Gid: h.Gid,
			ModTime: h.ModTime.Truncate(time.Second), Devmajor: h.Devmajor, Devminor: h.Devminor, Format: tar.FormatGNU,
		}
		if one.Typeflag == tar.TypeGNUSparse {
			one.Typeflag = tar.TypeReg // it is read with its holes filled
		}
		return one
	})
}

// rewrite copies a tar with other headers.
func rewrite(w io.Writer, r io.Reader, header func(*tar.Header) tar.Header) error {
	in, out := tar.NewReader(r), tar.NewWriter(w)
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return out.Close()
		}
		if err != nil {
			return err
		}
		other := header(h)
		if err := out.WriteHeader(&other); err != nil {
			return err
		}
		if _, err := io.Copy(out, in); err != nil { //nolint:gosec // a tar is not packed, so it grows by its holes only
			return err
		}
	}
}

// rewritten is what write writes. End must be called; it waits.
func rewritten(write func(io.Writer) error) (out io.Reader, end func()) {
	read, w := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.CloseWithError(write(w))
	}()
	return read, func() {
		_ = read.Close()
		<-done
	}
}

func movePaths(w io.Writer, r io.Reader, folder string) error {
	return rewrite(w, r, func(h *tar.Header) tar.Header {
		moved := *h
		moved.Name, moved.Format = folder+"/"+strings.TrimPrefix(h.Name, "./"), tar.FormatPAX
		if h.Typeflag == tar.TypeLink {
			moved.Linkname = folder + "/" + strings.TrimPrefix(h.Linkname, "./")
		}
		moved.PAXRecords = nil
		for key, value := range h.PAXRecords {
			if strings.HasPrefix(key, "SCHILY.xattr.") {
				if moved.PAXRecords == nil {
					moved.PAXRecords = map[string]string{}
				}
				moved.PAXRecords[key] = value
			}
		}
		return moved
	})
}
