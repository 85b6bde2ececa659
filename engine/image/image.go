// Package image gets the image a sandbox is made of onto the engine: pulled from a registry, or built from the recipe in
// package resources.
//
// Both ways report every layer and build step to a task.Task, retry what can succeed on a second try, end the engine's work
// when their context ends, and fail with a *fault.Error. What a sandbox does with the image is engine/sandbox's.
package image

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/docker/docker/client"

	"berth/engine/fault"
)

// Image is one image as the engine has it.
type Image struct {
	ID        string            // "sha256:...", the engine's own id
	Reference string            // the reference it was asked for by
	Digest    string            // "sha256:..." of the manifest in the registry; empty for one that was built here
	Size      int64             // bytes on the engine's disk, shared layers included
	Created   time.Time         // as the image says; zero when it does not
	Labels    map[string]string // of the image's configuration
}

// Find looks for ref, a reference or an id, among the engine's images. That there is none is no error.
func Find(ctx context.Context, cli *client.Client, ref string) (Image, bool, error) {
	got, err := cli.ImageInspect(ctx, ref)
	if errdefs.IsNotFound(err) {
		return Image{}, false, nil
	}
	if err != nil {
		return Image{}, false, fault.From("look for image "+ref, cause(ctx, err))
	}
	found := Image{ID: got.ID, Reference: ref, Size: got.Size, Digest: digestOf(ref, got.RepoDigests)}
	if created, err := time.Parse(time.RFC3339Nano, got.Created); err == nil {
		found.Created = created
	}
	if got.Config != nil {
		found.Labels = got.Config.Labels
	}
	return found, true, nil
}

// digestOf picks the digest that belongs to ref's repository from "name@sha256:..." entries.
func digestOf(ref string, digests []string) string {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return ""
	}
	for _, entry := range digests {
		other, err := reference.ParseNormalizedNamed(entry)
		if err != nil || other.Name() != named.Name() {
			continue
		}
		if digested, ok := other.(reference.Digested); ok {
			return digested.Digest().String()
		}
	}
	return ""
}

// parse reads a reference as Docker does: "debian", "host:5000/x:tag", "x@sha256:...". A missing tag is "latest".
func parse(ref string) (reference.Named, *fault.Error) {
	named, err := reference.ParseNormalizedNamed(strings.TrimSpace(ref))
	if err != nil {
		return nil, &fault.Error{
			Kind: fault.BadInput, Op: "read image reference " + strconv.Quote(ref), Why: err.Error(), Err: err,
			Remedy: "Write it as registry/name:tag, for example ghcr.io/owner/name:1.0.", Action: fault.OpenSettings,
		}
	}
	return reference.TagNameOnly(named), nil
}

// cause gives the reason ctx ended for, when it did: the wire only ever says "context canceled", also for a stall.
func cause(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
