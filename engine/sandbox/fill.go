package sandbox

import (
	"cmp"
	"context"
	"errors"

	"github.com/containerd/errdefs"
	dockervolume "github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/task"
	"berth/engine/volume"
)

// A sandbox has volumes before it has a container, filled ones when it is made of other data (a clone, a restore, an import).
// Half filled volumes must never be taken for whole ones, nor empty ones for somebody's data. So a mark, an empty volume,
// stands from before the first of them until the container is there. Where a mark is found and no container, the volumes it
// stands for are no one's data yet. A sandbox that takes volumes over which are there already has no mark: they stay
// whatever happens.

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
func StillFilling(ctx context.Context, cli *client.Client, name string, roles []agent.Role) error {
	there, err := volume.Exists(ctx, cli, fillingMark(name))
	if err == nil && there {
		return stillFilled(ctx, cli, name, roles)
	}
	if err == nil {
		err = takenBackMeanwhile(name)
	}
	return err
}

// stillFilled is StillFilling of the volumes alone. Who takes a filling back begins with them, and for a container that mounts one that
// is gone an engine makes an empty one, without labels.
func stillFilled(ctx context.Context, cli *client.Client, name string, roles []agent.Role) error {
	for _, role := range roles {
		v, err := cli.VolumeInspect(ctx, volume.Name(role, name))
		switch {
		case errdefs.IsNotFound(err) || err == nil && v.Labels[labelFilled] == "":
			return takenBackMeanwhile(name)
		case err != nil:
			return fault.From("make sandbox "+name, err)
		}
	}
	return nil
}

func takenBackMeanwhile(name string) error {
	return &fault.Error{
		Kind: fault.EngineError, Op: "make sandbox " + name, Why: "the engine was restarted meanwhile, and what was half made is gone", Action: fault.Retry,
		Remedy: "Try again in a while.",
	}
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

// TakeFillBack is AbandonFill of one's own filling. Begun says that BeginFill had come to its end: it found no volume of these names then,
// and those without a label are what the engine made by itself since.
func TakeFillBack(ctx context.Context, cli *client.Client, name string, begun bool) error {
	err := AbandonFill(ctx, cli, name)
	if begun {
		err = errors.Join(err, dropStray(ctx, cli, name))
	}
	return err
}

// dropStray removes the volumes of a filling that the engine made by itself for a helper or a container, after another Berth had taken the
// filling back: they have no label. One that a container uses stays.
func dropStray(ctx context.Context, cli *client.Client, name string) error {
	for _, role := range agent.Roles {
		v, err := cli.VolumeInspect(ctx, volume.Name(role, name))
		if errdefs.IsNotFound(err) || err == nil && len(v.Labels) > 0 {
			continue
		}
		if err == nil {
			err = removeVolume(ctx, cli, v.Name)
		}
		if err != nil && !errdefs.IsConflict(err) {
			return fault.From("take back the making of "+name, err)
		}
	}
	return nil
}

// nothingYet reports whether a sandbox without a container has no volume of its own either, or only what a making left that
// was interrupted.
func nothingYet(ctx context.Context, cli *client.Client, name string) (bool, error) {
	if half, err := volume.Exists(ctx, cli, fillingMark(name)); err != nil || half {
		return half, err
	}
	for _, role := range agent.Roles {
		if there, err := volume.Exists(ctx, cli, volume.Name(role, name)); err != nil || there {
			return false, err
		}
	}
	return true, nil
}

// createFresh is Create for a sandbox that has nothing yet: an error, a cancel or a death leaves its container or nothing of
// it. A lease keeps the recovery of another Berth from what is just being made.
func createFresh(ctx context.Context, cli *client.Client, t *task.Task, opts CreateOptions) (*Found, error) {
	name := opts.Spec.Name
	ctx, release, err := volume.Hold(ctx, cli, cmp.Or(opts.ImageID, opts.Spec.Image), name)
	switch {
	case err == nil:
		defer release()
		err = AbandonFill(ctx, cli, name) // of a making that was interrupted: who holds the lease may
	case !errors.Is(err, fault.NameTaken):
		err = notFilling(ctx, cli, name) // an image that runs not even a lease says why when its own container is made or started
	}
	if err != nil {
		return nil, err
	}
	begun := BeginFill(ctx, cli, name, roles(opts.Spec))
	if err = begun; err == nil {
		for _, role := range roles(opts.Spec) {
			volume.Step(t, volume.Name(role, name)).Done("made")
		}
		var found *Found
		opts.Filled = true
		if found, err = createOnVolumes(ctx, cli, t, opts); err == nil {
			return found, EndFill(context.WithoutCancel(ctx), cli, name)
		}
	}
	after := context.WithoutCancel(ctx)
	if back := TakeFillBack(after, cli, name, begun == nil); back != nil {
		t.Log("taking back what was half made: " + back.Error())
	}
	return nil, err
}

// recoverFills ends what was being filled when Berth died, and tells in sentences how. One that fails keeps no other from it.
func recoverFills(ctx context.Context, cli *client.Client, s stock, busy func(string) bool) (notes []string, err error) {
	for _, mark := range s.marks(markFilling) {
		name := mark.Labels[LabelName]
		if busy(name) {
			continue
		}
		// The lists may be minutes old: another Berth may have ended that filling, and be at one of its own.
		same, failed := leftAlone(ctx, cli, name, mark)
		if failed == nil && !same {
			continue
		}
		note := ""
		if failed == nil {
			note, failed = recoverFill(ctx, cli, name)
		}
		if failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		notes = append(notes, name+note)
	}
	return notes, err
}

// leftAlone reports whether a mark is still the one that was listed, and nobody holds its sandbox.
func leftAlone(ctx context.Context, cli *client.Client, name string, listed *dockervolume.Volume) (bool, error) {
	if err := volume.NotHeld(ctx, cli, name); err != nil {
		if errors.Is(err, volume.ErrHeld) {
			err = nil
		}
		return false, err
	}
	now, err := cli.VolumeInspect(ctx, listed.Name)
	switch {
	case errdefs.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, fault.From("look at what was half made of "+name, err)
	}
	return now.CreatedAt == listed.CreatedAt, nil
}

func recoverFill(ctx context.Context, cli *client.Client, name string) (note string, err error) {
	found, err := Find(ctx, cli, name)
	switch {
	case err != nil:
		return "", err
	case found != nil:
		return ": making it was interrupted when all of it was there, so it stays.", EndFill(ctx, cli, name)
	}
	return ": making it was interrupted, so what was half made is gone; nothing else was touched.", AbandonFill(ctx, cli, name)
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
