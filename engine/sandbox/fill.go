package sandbox

import (
	"context"

	"github.com/containerd/errdefs"
	dockervolume "github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/volume"
)

// A sandbox that is made of other data (a clone, a restore, an import) has volumes before it has a container, and half
// filled volumes must never be taken for whole ones. So a mark, an empty volume, stands from before the first of them until
// the container is there. Where a mark is found and no container, the volumes it stands for are no one's data yet.

// labelFilled marks the volumes that were made while a mark stood.
const labelFilled = "app.berth.filled"

func fillingMark(sandbox string) string { return "berth-filling-" + sandbox }

// BeginFill makes empty volumes for a sandbox that has neither container nor volumes; where it has any, it changes nothing.
func BeginFill(ctx context.Context, cli *client.Client, name string, roles []agent.Role) error {
	op := "make sandbox " + name
	if err := ValidName(name); err != nil {
		return err
	}
	if err := notDeleting(ctx, cli, name); err != nil {
		return err
	}
	found, err := Find(ctx, cli, name)
	if err != nil {
		return err
	}
	if found != nil {
		return &fault.Error{Kind: fault.NameTaken, Op: op, Why: "there is a sandbox of that name already", Remedy: "Choose another name."}
	}
	for _, role := range agent.Roles {
		_, err := cli.VolumeInspect(ctx, volume.Name(role, name))
		if err == nil {
			return &fault.Error{
				Kind: fault.NameTaken, Op: op, Why: "there is a volume " + volume.Name(role, name) + " already",
				Remedy: "Choose another name, or start the sandbox of that name: it takes its volumes over.",
			}
		}
		if !errdefs.IsNotFound(err) {
			return fault.From(op, err)
		}
	}
	_, err = cli.VolumeCreate(ctx, dockervolume.CreateOptions{Name: fillingMark(name), Labels: map[string]string{
		LabelName: name, LabelMark: markFilling, LabelSchema: Schema,
	}})
	if err != nil {
		return fault.From(op, err)
	}
	for _, role := range roles {
		labels := volume.Labels(role, name)
		labels[labelFilled] = "1"
		if _, err := cli.VolumeCreate(ctx, dockervolume.CreateOptions{Name: volume.Name(role, name), Labels: labels}); err != nil {
			return fault.From(op, err)
		}
	}
	return nil
}

// StillFilling refuses to go on where the filling that was begun has been taken back meanwhile: an engine that was restarted
// ends the lease of whoever fills, and another Berth may have found what is half made before this one saw it.
func StillFilling(ctx context.Context, cli *client.Client, name string) error {
	_, err := cli.VolumeInspect(ctx, fillingMark(name))
	if errdefs.IsNotFound(err) {
		return &fault.Error{
			Kind: fault.EngineError, Op: "make sandbox " + name, Why: "the engine was restarted meanwhile, and what was half made is gone", Action: fault.Retry,
			Remedy: "Try again in a while.",
		}
	}
	if err != nil {
		return fault.From("make sandbox "+name, err)
	}
	return nil
}

// EndFill says that the volumes are whole; the container is there.
func EndFill(ctx context.Context, cli *client.Client, name string) error {
	if err := removeVolume(ctx, cli, fillingMark(name)); err != nil {
		return fault.From("make sandbox "+name, err)
	}
	return nil
}

// AbandonFill takes a filling back: the volumes it made go, the mark last. It does nothing where no mark stands, and leaves
// volumes that were there before.
func AbandonFill(ctx context.Context, cli *client.Client, name string) error {
	op := "take back the making of " + name
	_, err := cli.VolumeInspect(ctx, fillingMark(name))
	if errdefs.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fault.From(op, err)
	}
	for _, role := range agent.Roles {
		v, err := cli.VolumeInspect(ctx, volume.Name(role, name))
		if errdefs.IsNotFound(err) {
			continue
		}
		if err == nil && v.Labels[labelFilled] != "" {
			err = removeVolume(ctx, cli, v.Name)
		}
		if err != nil {
			return fault.From(op, err)
		}
	}
	if err := removeNetwork(ctx, cli, name); err != nil {
		return err
	}
	return EndFill(ctx, cli, name)
}

// recoverFills ends what was being filled when Berth died, and tells the names of those that were taken back.
func recoverFills(ctx context.Context, cli *client.Client, s stock, busy func(string) bool) (back []string, err error) {
	for _, name := range s.marked(markFilling) {
		if busy(name) {
			continue
		}
		found, err := Find(ctx, cli, name)
		switch {
		case err != nil:
			return back, err
		case found != nil:
			err = EndFill(ctx, cli, name)
		default:
			back = append(back, name)
			err = AbandonFill(ctx, cli, name)
		}
		if err != nil {
			return back, err
		}
	}
	return back, nil
}

// notFilling refuses a name whose volumes are half filled.
func notFilling(ctx context.Context, cli *client.Client, name string) error {
	half, err := volume.Exists(ctx, cli, fillingMark(name))
	if err == nil && half {
		err = &fault.Error{
			Kind: fault.NameTaken, Op: "make sandbox " + name, Why: "its volumes are just being filled, or that was interrupted", Action: fault.Retry,
			Remedy: "Wait until it is done; what was interrupted is taken back when Berth connects the next time.",
		}
	}
	return err
}
