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
		err := putOwner(ctx, cli, containerID, point, uid, gid)
		if ctx.Err() != nil {
			return nil, err
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

// ownedBy reads the owner of a directory in a container off the first header of its archive.
func ownedBy(ctx context.Context, cli *client.Client, id, dir string, uid, gid int) (bool, error) {
	ctx, cancel := context.WithCancel(ctx) // ends the rest of the archive, which may be large
	defer cancel()
	archive, _, err := cli.CopyFromContainer(ctx, id, dir)
	if errdefs.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fault.From("look at "+dir, err)
	}
	defer func() { _ = archive.Close() }()
	header, err := tar.NewReader(archive).Next()
	if err != nil {
		return false, fault.From("look at "+dir, err)
	}
	return header.Uid == uid && header.Gid == gid && header.Mode&0o700 == 0o700, nil
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
	helper, err := cli.ContainerCreate(ctx,
		&container.Config{
			Image: of.Image, User: "0:0", Entrypoint: []string{"chown"}, Cmd: append([]string{owner(uid, gid)}, dirs...),
			Labels: map[string]string{LabelHelper: of.ID}, WorkingDir: "/",
		},
		&container.HostConfig{
			Mounts: mounts, NetworkMode: "none", CapDrop: []string{"ALL"}, CapAdd: []string{"CHOWN", "DAC_READ_SEARCH"},
			SecurityOpt: []string{"no-new-privileges"},
		}, nil, nil, "")
	if err != nil {
		return fault.From(op, err)
	}
	defer func() {
		// Also after a cancel nothing may stay behind.
		_ = cli.ContainerRemove(context.WithoutCancel(ctx), helper.ID, container.RemoveOptions{Force: true})
	}()
	ended, failed := cli.ContainerWait(ctx, helper.ID, container.WaitConditionNextExit)
	if err := cli.ContainerStart(ctx, helper.ID, container.StartOptions{}); err != nil {
		return fault.From(op, err)
	}
	select {
	case err := <-failed:
		return fault.From(op, err)
	case end := <-ended:
		if end.StatusCode == 0 {
			return nil
		}
	}
	return &fault.Error{
		Kind: fault.NotWritable, Op: op, Why: "the engine does not let its owner be changed",
		Remedy: "Build the image with Berth (Settings, image source), which needs no such change.", Action: fault.OpenSettings,
	}
}
