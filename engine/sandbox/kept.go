package sandbox

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	dockervolume "github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/volume"
)

// The spec of a sandbox is on its container, and would go with it: the image, limits, port and mounts that a person chose. So a
// removal writes it on a mark first, and the container that is made on the same volumes later is made as the one before. Beside a
// container, or without the volumes, a mark says nothing: whoever has settled a container takes it away, and Recover does.

// markSpec is a mark that says what a sandbox without a container was.
const markSpec = "spec"

func specMark(sandbox string) string { return "berth-spec-" + sandbox }

// keptWas is the name under which the image of a sandbox without a container is kept, as those of rollback points are. Their names end
// in a time.
func keptWas(sandbox string) string { return KeptImages + ":" + sandbox + "-was" }

// keptName is how the name of a kept image ends in what it is kept for: a point's id, or that of a sandbox without a container.
var keptName = regexp.MustCompile(`-(?:was|\d{8}-\d{6}-\d{3})$`)

// KeptFor gives the sandbox that a reference keeps an image for: one without a container, or a rollback point. False for any other
// reference.
func KeptFor(reference string) (name string, ok bool) {
	at := strings.Index(reference, KeptImages+":")
	if at < 0 {
		return "", false
	}
	tag := reference[at+len(KeptImages)+1:]
	name = keptName.ReplaceAllString(tag, "")
	return name, name != tag
}

// Kept is what a sandbox was when its container was removed.
type Kept struct {
	Spec    Spec
	ImageID string // of the image it ran, which the spec's reference may no longer name
	Version string // of opencode; "" when the image did not tell
}

// keepSpec keeps what a sandbox is whose container is about to go. Done again it changes nothing.
func keepSpec(ctx context.Context, cli *client.Client, of *Found) error {
	labels, err := Labels(of.Spec)
	if err != nil {
		return fault.From("keep the settings of "+of.Spec.Name, err)
	}
	labels[LabelMark], labels[LabelImageID] = markSpec, of.Inspect.Image
	labels[LabelVersion] = of.Inspect.Config.Labels[LabelVersion]
	if _, err := cli.VolumeCreate(ctx, dockervolume.CreateOptions{Name: specMark(of.Spec.Name), Labels: labels}); err != nil {
		return fault.From("keep the settings of "+of.Spec.Name, err)
	}
	// After the mark: a name that belongs to none is swept away. One whose image was removed by force has none to keep.
	if err := cli.ImageTag(ctx, of.Inspect.Image, keptWas(of.Spec.Name)); err != nil && !errdefs.IsNotFound(err) {
		return fault.From("keep the image of "+of.Spec.Name, err)
	}
	return nil
}

// KeptOf reads what the labels of a volume say that a sandbox was; false when it is not the mark of that one, or damaged, which is as
// good as none: its volumes are what counts. Without the sandbox's sessions it says nothing.
func KeptOf(labels map[string]string, name string) (Kept, bool) {
	if !KeepsSpec(labels, name) {
		return Kept{}, false
	}
	spec, err := SpecOf(labels)
	return Kept{Spec: spec, ImageID: labels[LabelImageID], Version: labels[LabelVersion]}, err == nil
}

// KeptSpec gives what a sandbox without a container was; false when that is not known, or its sessions are gone too.
func KeptSpec(ctx context.Context, cli *client.Client, name string) (Kept, bool, error) {
	op := "look what " + name + " was"
	v, err := cli.VolumeInspect(ctx, specMark(name))
	if errdefs.IsNotFound(err) {
		return Kept{}, false, nil
	}
	if err != nil {
		return Kept{}, false, fault.From(op, err)
	}
	there, err := volume.Exists(ctx, cli, volume.Name(agent.Session, name))
	if err != nil || !there {
		return Kept{}, false, err
	}
	kept, known := KeptOf(v.Labels, name)
	return kept, known, nil
}

// KeepsSpec reports whether a volume of those labels is the mark of that sandbox.
func KeepsSpec(labels map[string]string, name string) bool {
	return labels[LabelMark] == markSpec && labels[LabelName] == name
}

// ForgetSpec forgets what a sandbox was: it has a container again, or its data are gone.
func ForgetSpec(ctx context.Context, cli *client.Client, name string) error {
	gone, err := removeMark(ctx, cli, name)
	if err != nil || !gone {
		return err
	}
	if err := dropImage(ctx, cli, keptWas(name)); err != nil {
		return fault.From("forget the settings of "+name, err)
	}
	return nil
}

// removeMark removes a sandbox's mark, and tells whether there was one. The name that keeps its image stays.
func removeMark(ctx context.Context, cli *client.Client, name string) (bool, error) {
	op := "forget the settings of " + name
	v, err := cli.VolumeInspect(ctx, specMark(name))
	switch {
	case errdefs.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, fault.From(op, err)
	case !KeepsSpec(v.Labels, name):
		return false, nil // somebody else's
	}
	if err := removeVolume(ctx, cli, v.Name); err != nil {
		return false, fault.From(op, err)
	}
	return true, nil
}

// keepsImage reports whether a name is that of the image of a sandbox whose mark is there, or cannot be seen not to be.
func keepsImage(ctx context.Context, cli *client.Client, tag string) bool {
	name, ok := strings.CutSuffix(strings.TrimPrefix(tag, KeptImages+":"), "-was")
	if !ok {
		return false
	}
	v, err := cli.VolumeInspect(ctx, specMark(name))
	return err == nil && KeepsSpec(v.Labels, name) || err != nil && !errdefs.IsNotFound(err)
}

// sweepSpecs forgets what is kept of sandboxes that have a container again, or no sessions any more. It looks anew at each: the
// list may be minutes old.
func sweepSpecs(ctx context.Context, cli *client.Client, s stock, busy func(string) bool) error {
	var failed error // of one of them; the others are seen to all the same
	for _, name := range s.marked(markSpec) {
		if !busy(name) {
			failed = errors.Join(failed, sweepSpec(ctx, cli, name))
		}
	}
	return failed
}

func sweepSpec(ctx context.Context, cli *client.Client, name string) error {
	found, err := Find(ctx, cli, name)
	switch kind := fault.KindOf(err); {
	case kind == fault.NameTaken || kind == fault.BadInput:
		return nil // a container of somebody else's, or that does not say what it is: what is known stays
	case err != nil:
		return err
	case found == nil:
		there, err := volume.Exists(ctx, cli, volume.Name(agent.Session, name))
		if err != nil || there {
			return err
		}
		return ForgetSpec(ctx, cli, name)
	case standsIn(found.Inspect) || goes(found.Inspect) || Unfinished(ctx, cli, name): // in this order: a change begins with the name
		return nil
	}
	if err := ForgetSpec(ctx, cli, name); err != nil {
		return err
	}
	if after, err := Find(ctx, cli, name); err == nil && after == nil { // another Berth removed it in this moment
		return keepSpec(ctx, cli, found)
	}
	return nil
}

// goes reports whether a container is being removed: the engine shows it until it is gone, and carries that through.
func goes(c container.InspectResponse) bool {
	return c.State != nil && (c.State.Status == container.StateRemoving || c.State.Status == container.StateDead)
}
