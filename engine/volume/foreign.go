package volume

import (
	"bytes"
	"context"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/client"

	"berth/engine/fault"
)

// notTheUsers is in every image, and never its user's.
const notTheUsers = "/etc/passwd"

// Foreign gives those paths of a container that does not run which the user uid:gid could not write; what is not there is left
// out. It reads no more than the first header of each, so that it can be asked before every start. Where the archive that they
// are in gives all to the container's user (Podman 4.3), a short helper with the same mounts tries.
func Foreign(ctx context.Context, cli *client.Client, containerID string, paths []string, uid, gid int) ([]string, error) {
	known, err := firstHeader(ctx, cli, containerID, notTheUsers)
	if err != nil {
		return nil, err
	}
	if known != nil && known.Uid == uid {
		return foreignByHelper(ctx, cli, containerID, paths, uid, gid)
	}
	var foreign []string
	for _, p := range paths {
		header, err := firstHeader(ctx, cli, containerID, p)
		if err != nil {
			return nil, err
		}
		if header != nil && !writable(header, uid, gid) {
			foreign = append(foreign, p)
		}
	}
	return foreign, nil
}

// foreignByHelper tries the paths in a container of the same image and mounts, as that user: Podman gives a fresh volume to the
// user of the first container that mounts it, and that must not be root.
func foreignByHelper(ctx context.Context, cli *client.Client, containerID string, paths []string, uid, gid int) ([]string, error) {
	of, err := cli.ContainerInspect(ctx, containerID)
	if err != nil {
		return nil, fault.From("look at what it mounts", err)
	}
	var said bytes.Buffer
	h := helper{
		For: anyone, User: owner(uid, gid), Image: of.Image, Stdout: &said,
		Command: append([]string{"sh", "-c", `for p; do [ ! -e "$p" ] || [ -w "$p" ] || echo "$p"; done`, "sh"}, paths...),
	}
	for _, m := range of.Mounts {
		one := mount.Mount{Type: m.Type, Source: m.Source, Target: m.Destination, ReadOnly: !m.RW}
		switch m.Type {
		case mount.TypeVolume:
			one.Source = m.Name
		case mount.TypeBind:
		default:
			continue // what is in memory only is made anew at every start
		}
		h.Mounts = append(h.Mounts, one)
	}
	if _, err := h.run(ctx, cli); err != nil && !missing(err) && !errdefs.IsNotFound(err) { // by an image without a shell it cannot be tried
		return nil, fault.From("look at what it mounts", err)
	}
	return strings.FieldsFunc(said.String(), func(r rune) bool { return r == '\n' }), nil
}
