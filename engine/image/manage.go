package image

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/container"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/registry"
	"github.com/docker/docker/client"

	"berth/engine/fault"
	"berth/engine/volume"
)

// Listed is one image in the engine's list.
type Listed struct {
	ID         string
	References []string // "name:tag"; empty for one that lost its name
	Digests    []string // "name@sha256:..."
	Size       int64    // bytes, layers it shares with others included
	Created    time.Time
	Labels     map[string]string
	UsedBy     []string // names of the containers made of it, running or not
}

// List gives every image of the engine, the newest first.
func List(ctx context.Context, cli *client.Client) ([]Listed, error) {
	const op = "list images"
	images, err := cli.ImageList(ctx, dockerimage.ListOptions{})
	if err != nil {
		return nil, fault.From(op, err)
	}
	containers, err := cli.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return nil, fault.From(op, err)
	}
	users := map[string][]string{}
	for _, c := range containers {
		if len(c.Names) > 0 && c.Labels[volume.LabelHelper] == "" { // a helper is gone before anybody has read its name
			users[c.ImageID] = append(users[c.ImageID], strings.TrimPrefix(c.Names[0], "/"))
		}
	}
	all := make([]Listed, 0, len(images))
	for _, i := range images {
		one := Listed{ID: i.ID, Digests: i.RepoDigests, Size: i.Size, Created: time.Unix(i.Created, 0), Labels: i.Labels, UsedBy: users[i.ID]}
		slices.Sort(one.UsedBy)
		for _, tag := range i.RepoTags {
			if !strings.Contains(tag, "<none>") {
				one.References = append(one.References, tag)
			}
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Listed) int { return b.Created.Compare(a.Created) })
	return all, nil
}

// Newer asks a reference's registry whether it has another image under it than the engine has. The digest is the registry's.
func Newer(ctx context.Context, cli *client.Client, ref string) (newer bool, digest string, err error) {
	named, bad := parse(ref)
	if bad != nil {
		return false, "", bad
	}
	op := "ask for a newer " + ref
	host := reference.Domain(named)
	found := lookUp(ctx, "", host)
	auth, err := registry.EncodeAuthConfig(found.auth)
	if err != nil {
		return false, "", err
	}
	got, err := cli.DistributionInspect(ctx, named.String(), auth)
	if err != nil && noSuchRoute(err) {
		return false, "", &fault.Error{
			Kind: fault.EngineTooOld, Op: op, Why: "this engine cannot ask a registry without pulling", Err: err,
			Remedy: "Pull the image: what is there already is not fetched again.",
		}
	}
	if err != nil {
		return false, "", explain(err, op, host, found)
	}
	digest = got.Descriptor.Digest.String()
	here, ok, err := Find(ctx, cli, ref)
	if err != nil {
		return false, "", err
	}
	return !ok || here.Digest != digest, digest, nil
}

// noSuchRoute reports that an engine does not know what it was asked for at all: Podman before 5 has no /distribution. Its
// answer then is a web server's own, where that of a registry that has no such image says what is unknown.
func noSuchRoute(err error) bool {
	text := strings.TrimSpace(strings.TrimPrefix(err.Error(), "Error response from daemon: "))
	return errdefs.IsNotFound(err) && (text == "Not Found" || strings.HasSuffix(text, "page not found"))
}

// Remove takes an image off the engine; one that a container is made of is refused.
func Remove(ctx context.Context, cli *client.Client, id string, references []string) error {
	op := "remove image " + called(id, references)
	names := references
	if len(names) == 0 {
		names = []string{id}
	}
	for _, name := range names { // each name, for an id with several is refused
		_, err := cli.ImageRemove(ctx, name, dockerimage.RemoveOptions{PruneChildren: true})
		switch {
		case errdefs.IsNotFound(err):
		case errdefs.IsConflict(err):
			return &fault.Error{
				Kind: fault.ImageInUse, Op: op, Why: "a container is made of it", Err: err,
				Remedy: "Remove that sandbox or container first; volumes stay.",
			}
		case err != nil:
			return fault.From(op, err)
		}
	}
	return nil
}

func called(id string, references []string) string {
	if len(references) > 0 {
		return references[0]
	}
	return fmt.Sprintf("%.12s", strings.TrimPrefix(id, "sha256:"))
}
