package volume

import (
	"archive/tar"
	"context"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/client"

	"berth/engine/fault"
)

// Prepare makes the mount points of a created, not started container writable for uid:gid where they are not. It looks
// first and changes only owner and mode of the mount points themselves, never what lies inside. It tells which it changed.
//
// A fresh volume takes its owner from the image's directory, so with an image that has none opencode would end with EACCES.
// The archive API sets it without running anything (measured on Docker 20.10 and 28.5). Where the engine leaves the owner
// as it is (seen with Podman 4.3) a short helper container of the same image does it.
func Prepare(ctx context.Context, cli *client.Client, containerID string, mountPoints []string, uid, gid int) ([]string, error) {
	var foreign []string
	for _, point := range mountPoints {
		owned, err := ownedBy(ctx, cli, containerID, point, uid, gid)
		if err != nil {
			return nil, err
		}
		if !owned {
			foreign = append(foreign, point)
		}
	}
	if len(foreign) == 0 {
		return nil, nil
	}
	var left []string
	for _, point := range foreign {
		// An error here is no end: a read-only root refuses the archive (Docker), and the helper does not need it.
		_ = putOwner(ctx, cli, containerID, point, uid, gid)
		if ctx.Err() != nil {
			return nil, fault.From("set the owner of "+point, context.Cause(ctx))
		}
		if owned, err := ownedBy(ctx, cli, containerID, point, uid, gid); err != nil || !owned {
			left = append(left, point)
		}
	}
	if len(left) > 0 {
		if err := chownByHelper(ctx, cli, containerID, left, uid, gid); err != nil {
			return nil, err
		}
	}
	return foreign, nil
}

func writable(h *tar.Header, uid, gid int) bool {
	switch {
	case h.Uid == uid:
		return h.Mode&0o200 != 0
	case h.Gid == gid:
		return h.Mode&0o020 != 0
	default:
		return h.Mode&0o002 != 0
	}
}

// ownedBy reports whether a directory in a container is a user's own.
func ownedBy(ctx context.Context, cli *client.Client, id, dir string, uid, gid int) (bool, error) {
	header, err := firstHeader(ctx, cli, id, dir)
	if err != nil || header == nil {
		return false, err
	}
	return owns(header, uid, gid), nil
}

func owns(h *tar.Header, uid, gid int) bool {
	return h.Uid == uid && h.Gid == gid && h.Mode&0o700 == 0o700
}

// firstHeader reads the first header of a path's archive; nil when it is not there.
func firstHeader(ctx context.Context, cli *client.Client, id, dir string) (*tar.Header, error) {
	ctx, cancel := context.WithCancel(ctx) // ends the rest of the archive, which may be large
	defer cancel()
	archive, _, err := cli.CopyFromContainer(ctx, id, dir)
	if errdefs.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.From("look at "+dir, err)
	}
	defer func() { _ = archive.Close() }()
	return headerOf(dir, archive)
}

// headerOf reads the first header of the archive of dir, and nothing behind it.
func headerOf(dir string, archive io.Reader) (*tar.Header, error) {
	header, err := tar.NewReader(archive).Next()
	if err != nil {
		return nil, fault.From("look at "+dir, err)
	}
	return header, nil
}

// putOwner puts an archive over the root that holds nothing but the directory, with its owner.
func putOwner(ctx context.Context, cli *client.Client, id, dir string, uid, gid int) error {
	r, w := io.Pipe()
	go func() {
		archive := tar.NewWriter(w)
		err := archive.WriteHeader(&tar.Header{
			Typeflag: tar.TypeDir, Name: path.Base(dir) + "/", Mode: 0o755, Uid: uid, Gid: gid,
		})
		if err == nil {
			err = archive.Close()
		}
		w.CloseWithError(err)
	}()
	// CopyUIDGID stays out: on 20.10 it fails for a uid that the image's passwd does not name.
	err := cli.CopyToContainer(ctx, id, path.Dir(dir), r, container.CopyToContainerOptions{})
	_ = r.Close() // lets the writer end when the engine did not read all
	if errdefs.IsNotFound(err) {
		return nil // no such parent in the image; the helper sees the mount itself
	}
	if err != nil {
		return fault.From("set the owner of "+dir, err)
	}
	return nil
}

// chownByHelper runs chown on the mount points in a container of the same image and mounts, as root, with no network and
// no other right than to change owners.
func chownByHelper(ctx context.Context, cli *client.Client, id string, dirs []string, uid, gid int) error {
	op := "set the owner of " + strings.Join(dirs, ", ")
	of, err := cli.ContainerInspect(ctx, id)
	if err != nil {
		return fault.From(op, err)
	}
	var mounts []mount.Mount
	dirs = slices.DeleteFunc(dirs, func(dir string) bool {
		i := slices.IndexFunc(of.HostConfig.Mounts, func(m mount.Mount) bool {
			return m.Type == mount.TypeVolume && m.Target == dir // a folder of the host keeps the host's owner
		})
		if i >= 0 {
			mounts = append(mounts, of.HostConfig.Mounts[i])
		}
		return i < 0 // a directory of the container's own layer is out of the helper's reach
	})
	if len(dirs) == 0 {
		return nil
	}
	h := helper{
		For: anyone, Image: of.Image, Mounts: mounts, Caps: []string{"CHOWN", "DAC_READ_SEARCH"},
		Command: append([]string{"chown", owner(uid, gid)}, dirs...),
	}
	_, err = h.run(ctx, cli)
	if err == nil {
		return nil
	}
	if exitCode(err) < 0 {
		return fault.From(op, err)
	}
	return &fault.Error{
		Kind: fault.NotWritable, Op: op, Why: "the engine does not let its owner be changed",
		Remedy: "Build the image with Berth (Settings, image source), which needs no such change.", Action: fault.OpenSettings,
	}
}
