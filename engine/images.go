package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/client"

	"berth/engine/config"
	"berth/engine/fault"
	"berth/engine/image"
	"berth/engine/sandbox"
	"berth/engine/task"
)

// Image is one image of the engine as the window shows it.
type Image struct {
	ID         string
	References []string // empty for one whose name went to a newer one
	Digest     string   // in its registry; "" for one that was built here
	Size       int64    // bytes, layers it shares included
	Created    time.Time
	Version    string   // of opencode, when Berth built it
	UsedBy     []string // containers made of it
	KeptFor    []string // sandboxes that it is kept for: it is a rollback point's, or of one whose container was removed
	Ours       bool     // Berth built it, or pulled it for a sandbox
	Wanted     bool     // the settings make new sandboxes of it
	Leftover   bool     // Berth built it, and neither a container, nor what is left of a sandbox, nor the settings need it

	// Where there are several engines. The ID of an image of a further one ends in "@" and the engine's name then.
	Engine string // name of its endpoint; "" when there is only one
}

// Images lists the engine's images. It waits for the engine.
func (e *Engine) Images(ctx context.Context) ([]Image, error) {
	cli, err := e.daemon(ctx, "list images")
	if err != nil {
		return nil, err
	}
	listed, err := image.List(ctx, cli)
	if err != nil {
		return nil, err
	}
	want, err := e.wantedImage("")
	if err != nil {
		want = wanted{} // an engine no opencode exists for still has images
	}
	repositories := map[string]bool{}
	for _, ref := range slices.Concat(want.references, e.Settings().Image.References) {
		repositories[repository(ref)] = true
	}
	all := make([]Image, len(listed))
	for i, l := range listed {
		all[i] = imageOf(l, want, repositories)
	}
	return all, nil
}

func imageOf(l image.Listed, want wanted, repositories map[string]bool) Image {
	one := Image{
		ID: l.ID, References: l.References, Size: l.Size, Created: l.Created, UsedBy: l.UsedBy, Version: l.Labels[sandbox.LabelVersion],
	}
	one.Ours = one.Version != ""
	for _, ref := range l.References {
		one.Ours = one.Ours || repositories[repository(ref)]
		one.Wanted = one.Wanted || slices.ContainsFunc(want.references, func(w string) bool { return full(w) == full(ref) })
	}
	for _, user := range l.UsedBy {
		one.Ours = one.Ours || strings.HasPrefix(user, sandbox.ContainerName(""))
	}
	for _, d := range l.Digests {
		if _, digest, ok := strings.Cut(d, "@"); ok {
			one.Digest = digest
		}
	}
	for _, ref := range l.References {
		if name, ok := sandbox.KeptFor(ref); ok && !slices.Contains(one.KeptFor, name) {
			one.KeptFor = append(one.KeptFor, name)
		}
	}
	one.Leftover = one.Version != "" && len(one.UsedBy) == 0 && !one.Wanted && len(one.KeptFor) == 0
	return one
}

// repository is the name of a reference without tag and digest, written out.
func repository(ref string) string {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return ref
	}
	return named.Name()
}

// full is a reference written out.
func full(ref string) string {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return ref
	}
	return reference.TagNameOnly(named).String()
}

// BuildImage builds the pinned image; fresh takes nothing from the build cache.
func (e *Engine) BuildImage(fresh bool) task.ID {
	pin, err := pinFor(e.processor())
	if err != nil {
		return e.refused(task.Build, "Building the sandbox image", err)
	}
	return e.getImage(e.newBound(), wanted{references: []string{pin.Tag()}, build: true}, fresh).ID()
}

// PullImage pulls a reference.
func (e *Engine) PullImage(ref string) task.ID {
	return e.getImage(e.newBound(), wanted{references: []string{ref}}, false).ID()
}

// refused is a task that only says why nothing is done.
func (e *Engine) refused(kind task.Kind, title string, err error) task.ID {
	return e.tasks.Go(task.Options{Kind: kind, Title: title}, func(context.Context, *task.Task) error { return err }).ID()
}

// RemoveImage takes an image off the engine. One that a container is made of is refused, and one that is kept for a sandbox: it may
// be the only one that can read its data, and nobody may be able to build or pull it again.
func (e *Engine) RemoveImage(i Image) task.ID {
	name := strings.TrimPrefix(i.ID, "sha256:")[:12]
	if len(i.References) > 0 {
		name = i.References[0]
	}
	title := "Removing image " + name
	t := e.begin(task.Options{Kind: task.Clean, Title: title, Subject: name, Key: "remove/" + i.ID}, func(ctx context.Context, t *task.Task) error {
		cli, err := e.daemon(ctx, title)
		if err != nil {
			return err
		}
		all, err := e.Images(ctx) // it may be kept since, or not any more
		if err != nil {
			return err
		}
		if at := slices.IndexFunc(all, func(one Image) bool { return one.ID == i.ID }); at >= 0 {
			i = all[at]
		}
		if len(i.KeptFor) > 0 {
			return &fault.Error{
				Kind: fault.ImageInUse, Op: "remove image " + name, Why: "it is kept for " + strings.Join(i.KeptFor, ", "),
				Remedy: "Delete the rollback points, or the data, of that sandbox first.",
			}
		}
		before := layersSize(ctx, cli)
		if err := image.Remove(ctx, cli, i.ID, i.References); err != nil {
			return err
		}
		t.Say(freed(before - layersSize(ctx, cli)))
		return nil
	})
	e.latest.remember(t.ID(), func() task.ID { return e.RemoveImage(i) })
	return t.ID()
}

// CleanImages removes every leftover of Berth's: images it built that neither a container nor the settings need.
func (e *Engine) CleanImages() task.ID {
	const title = "Cleaning up images"
	t := e.begin(task.Options{Kind: task.Clean, Title: title, Key: "clean"}, func(ctx context.Context, t *task.Task) error {
		cli, err := e.daemon(ctx, title)
		if err != nil {
			return err
		}
		all, err := e.Images(ctx)
		if err != nil {
			return err
		}
		before, n := layersSize(ctx, cli), 0
		for _, i := range all {
			if !i.Leftover {
				continue
			}
			step := t.Step(i.ID, "Remove "+strings.Join(append(i.References, i.ID[:min(19, len(i.ID))]), ", "))
			step.Begin("removing")
			if err := image.Remove(ctx, cli, i.ID, i.References); err != nil {
				return err
			}
			step.Done("removed")
			n++
		}
		if n == 0 {
			t.Say("there was nothing to clean up")
			return nil
		}
		t.Say(freed(before - layersSize(ctx, cli)))
		return nil
	})
	e.latest.remember(t.ID(), func() task.ID { return e.CleanImages() })
	return t.ID()
}

// layersSize is what all layers take on the engine's disk, in bytes; 0 when the engine does not tell.
func layersSize(ctx context.Context, cli *client.Client) int64 {
	usage, err := cli.DiskUsage(ctx, types.DiskUsageOptions{Types: []types.DiskUsageObject{types.ImageObject}})
	if err != nil {
		return 0
	}
	return usage.LayersSize
}

func freed(bytes int64) string {
	if bytes <= 0 {
		return "removed; its layers belong to other images too"
	}
	return "freed " + sizeText(bytes)
}

// Newer asks the registry of each pulled reference of an image whether it has a newer one. It waits for the answer.
func (e *Engine) Newer(ctx context.Context, ref string) (bool, error) {
	cli, err := e.daemon(ctx, "ask for a newer "+ref)
	if err != nil {
		return false, err
	}
	newer, _, err := image.Newer(ctx, cli, ref)
	return newer, err
}

// Pin is the reference and version of the image this Berth builds for the connected engine; false when there is none.
func (e *Engine) Pin() (reference, version string, ok bool) {
	pin, ok := image.PinFor(e.processor())
	return pin.Tag(), pin.Version, ok
}

// ImageFor is the reference that a new sandbox is made of, as the settings say.
func (e *Engine) ImageFor(s config.Settings) string {
	if s.Image.Source == config.SourcePull && len(s.Image.References) > 0 {
		return s.Image.References[0]
	}
	reference, _, ok := e.Pin()
	if !ok {
		return ""
	}
	return reference
}
