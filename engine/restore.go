package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"

	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/backup"
	"berth/engine/fault"
	"berth/engine/image"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// Restore brings a backup back as the sandbox of that name. The whole file is verified before anything is touched. Where the
// sandbox exists it is a transaction: what it is now is kept as a rollback point, and comes back by itself when the restored
// one does not become healthy. Unless wide says that a person agreed, nothing that opens the sandbox wider than the defaults
// is taken from the file.
func (e *Engine) Restore(path, name string, wide bool) task.ID {
	return e.onDaemon(task.Restore, name, "Restoring "+name, func(ctx context.Context, cli *client.Client, t *task.Task) error {
		if err := sandbox.ValidName(name); err != nil {
			return err
		}
		check := t.Step("check", "Check the backup").Weigh(3)
		read := t.Step("fill", "Fill the volumes").Weigh(6).Last()
		info, err := e.InspectBackup(path)
		if err != nil {
			return err
		}
		check.Begin("checking")
		if err := verifySame(ctx, path, name, info.Manifest, tell(check, "checking", info.Size)); err != nil {
			return err
		}
		check.Done("whole")
		spec := info.Spec
		if !wide {
			now, err := specNow(ctx, cli, name)
			if err != nil {
				return err
			}
			if spec.Image != now.Image && !e.knownImage(spec.Image) {
				e.notice(name, fmt.Sprintf("%s is not run from a file without your leave, so %s gets the image of the settings.", spec.Image, name))
				spec.Image = ""
			}
			spec = narrowed(spec, now)
		}
		spec.Name = name
		for _, p := range info.Manifest.Parts {
			if !slices.Contains(agent.Roles, agent.Role(p.Role)) {
				return fault.New(fault.BadInput, "restore "+name, fmt.Sprintf("the backup holds %q, which this Berth does not know", p.Role))
			}
		}
		img, err := e.restoredImage(ctx, cli, t, &spec, info)
		if err != nil {
			return err
		}
		if err := mayNotRead("restore "+name, info.Manifest.Image.Opencode, img); err != nil {
			return err
		}
		fill := func(ctx context.Context, with *volume.Copier) error {
			return fillFrom(ctx, with, path, name, info.Manifest, tell(read, "filling", info.Size))
		}
		return e.replaceData(ctx, cli, t, spec, img, info.Manifest, fill)
	})
}

// specNow is the spec of a sandbox, or what it was when its container was removed; zero where neither is known.
func specNow(ctx context.Context, cli *client.Client, name string) (sandbox.Spec, error) {
	found, err := sandbox.Find(ctx, cli, name)
	if err != nil {
		return sandbox.Spec{}, err
	}
	if found != nil {
		return found.Spec, nil
	}
	kept, _, err := sandbox.KeptSpec(ctx, cli, name)
	return kept.Spec, err
}

// replaceData fills the volumes of a sandbox that exists, as a transaction, or of a new one. A sandbox whose container was removed
// exists by its volumes.
func (e *Engine) replaceData(ctx context.Context, cli *client.Client, t *task.Task, spec sandbox.Spec, img *image.Image, m backup.Manifest, fill func(context.Context, *volume.Copier) error) error {
	name := spec.Name
	old, err := sandbox.Find(ctx, cli, name)
	if err != nil {
		return err
	}
	if old != nil {
		return e.replaceOf(ctx, cli, t, old, spec, img, m, fill)
	}
	left, err := e.leftVolumes(ctx, cli, name)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return e.replaceLeft(ctx, cli, t, spec, img, m, fill)
	}
	spec.Port = 0 // it may be another's on this engine
	sandbox.DeclareFilled(t, name)
	return e.fillNew(ctx, cli, t, spec, img, fill)
}

// replaceOf fills the volumes of a sandbox with a container, as a transaction.
func (e *Engine) replaceOf(ctx context.Context, cli *client.Client, t *task.Task, old *sandbox.Found, spec sandbox.Spec, img *image.Image, m backup.Manifest, fill func(context.Context, *volume.Copier) error) error {
	name := spec.Name
	spec.Port = old.Spec.Port
	with, err := volume.NewCopier(ctx, cli, old.Inspect.Image)
	if err != nil {
		return err
	}
	knows, err := agent.For(img.Labels[sandbox.LabelVersion])
	if err != nil {
		return err
	}
	var roles []agent.Role // whatever is filled is kept first
	for _, p := range m.Parts {
		there, err := volume.Exists(ctx, cli, volume.Name(agent.Role(p.Role), name))
		if err != nil {
			return err
		}
		if there {
			roles = append(roles, agent.Role(p.Role))
		}
	}
	err = e.change(ctx, cli, t, old, sandbox.Change{
		CreateOptions: sandbox.CreateOptions{Spec: spec, Agent: knows, ImageID: img.ID},
		With:          with,
		Point:         &sandbox.Point{Reason: "restore", Roles: roles},
		Fill:          func(ctx context.Context) error { return fill(ctx, with) },
	}, true)
	if err != nil {
		return err
	}
	return e.prunePoints(ctx, cli, name)
}

// leftVolumes are the volumes that a sandbox without a container has.
func (e *Engine) leftVolumes(ctx context.Context, cli *client.Client, name string) ([]string, error) {
	var left []string
	for _, role := range agent.Roles {
		there, err := volume.Exists(ctx, cli, volume.Name(role, name))
		if err != nil {
			return nil, err
		}
		if there {
			left = append(left, volume.Name(role, name))
		}
	}
	return left, nil
}

// restoredImage gets the image a backup's sandbox ran, by its name or, where that is gone, by what it is: a rollback point or a sandbox
// may keep it. Where it is not to be had any more it is the one of the settings, which the spec then names.
func (e *Engine) restoredImage(ctx context.Context, cli *client.Client, t *task.Task, spec *sandbox.Spec, info BackupInfo) (*image.Image, error) {
	if spec.Image != "" {
		if img, ok, err := image.Find(ctx, cli, spec.Image); err != nil || ok {
			return &img, err
		}
	}
	if id := info.Manifest.Image.ID; spec.Image != "" && id != "" {
		if img, ok, err := image.Find(ctx, cli, id); err != nil || ok {
			return &img, err
		}
	}
	if spec.Image != "" && info.Manifest.Image.Digest != "" { // it came from a registry
		img, err := e.ensureImage(ctx, t, spec.Image)
		if err == nil || isCancelled(err) {
			return img, err
		}
		t.Log("The image of the backup is not to be had: " + err.Error())
	}
	img, err := e.ensureImage(ctx, t, "")
	if err != nil {
		return nil, err
	}
	if spec.Image != "" && spec.Image != img.Reference {
		e.notice(spec.Name, fmt.Sprintf("%s is not on this engine, so %s runs %s.", spec.Image, spec.Name, img.Reference))
	}
	spec.Image = img.Reference
	return img, nil
}

// verifySame verifies a backup, which must be the one whose manifest was read before: what is decided on from that is of no other.
func verifySame(ctx context.Context, path, name string, read backup.Manifest, told func(int64)) error {
	verified, err := backup.Verify(ctx, path, told)
	if err == nil && !reflect.DeepEqual(verified, read) {
		err = wasChanged(name)
	}
	return err
}

func wasChanged(name string) error {
	return fault.New(fault.BadInput, "restore "+name, "the backup was changed while it was read")
}

// fillFrom fills the volumes of a sandbox with a backup's parts, which are checked once more while they are read: the file must
// still be the one that was verified.
func fillFrom(ctx context.Context, with *volume.Copier, path, name string, verified backup.Manifest, told func(int64)) error {
	r, err := backup.Open(path)
	if err != nil {
		return err
	}
	defer r.Close()
	if !reflect.DeepEqual(r.Manifest, verified) {
		return wasChanged(name)
	}
	return r.Each(ctx, told, func(p backup.Part, tape io.Reader) error {
		return with.Import(ctx, volume.Name(agent.Role(p.Role), name), tape, volume.Watch{For: name})
	})
}

// tell reports bytes of a whole to a step; every MiB, for each telling costs a lock.
func tell(step *task.Step, detail string, total int64) func(int64) {
	var told int64
	return func(n int64) {
		if n-told >= 1<<20 || n == total && told != n {
			told = n
			step.Bytes(detail, n, total)
		}
	}
}

// fillNew makes a sandbox whose volumes are filled before its container is there, and brings it up. Until the container is
// there, an error, a cancel or a death leaves nothing of it.
func (e *Engine) fillNew(ctx context.Context, cli *client.Client, t *task.Task, spec sandbox.Spec, img *image.Image, fill func(context.Context, *volume.Copier) error) error {
	name := spec.Name
	with, err := volume.NewCopier(ctx, cli, img.ID)
	if err != nil {
		return err
	}
	ctx, release, err := volume.Hold(ctx, cli, img.ID, name)
	if err != nil {
		return err
	}
	defer release()
	// From here on all is taken back on an error; what BeginFill refuses it refuses before it makes anything.
	begun := sandbox.BeginFill(ctx, cli, name, sandbox.Roles(spec))
	if err = begun; err == nil {
		err = fill(ctx, with)
	} else if errors.Is(err, fault.NameTaken) || errors.Is(err, fault.BadInput) {
		return err
	}
	if err == nil {
		err = sandbox.StillFilling(ctx, cli, name, sandbox.Roles(spec))
	}
	if err == nil {
		_, err = e.createFilled(ctx, cli, t, spec, *img)
	}
	after := context.WithoutCancel(ctx)
	if err != nil {
		if back := sandbox.TakeFillBack(after, cli, name, begun == nil); back != nil {
			t.Log("taking back what was half made: " + back.Error())
		}
		return err
	}
	if err := sandbox.EndFill(after, cli, name); err != nil {
		return err
	}
	knows, err := agent.For(img.Labels[sandbox.LabelVersion])
	if err != nil {
		return err
	}
	return e.awaitHealthy(ctx, cli, t, name, knows)
}
