package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/docker/docker/client"
	"golang.org/x/mod/semver"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/image"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// pointRoles are what a rollback point of an update holds: what opencode owns and migrates. Projects stay as they are through
// update and rollback, so that going back never takes anybody's work back.
var pointRoles = []agent.Role{agent.Session, agent.Config}

// Update takes a sandbox to the newest image: the pinned one, where Berth built its image, or what its reference names in
// the registry now. It is a transaction: the data are kept as a rollback point, and when the new one does not become healthy
// the old one runs again on the old data. A new major version of opencode is backed up whole before.
func (e *Engine) Update(name string) task.ID {
	return e.onDaemon(task.Update, name, "Updating "+name, func(ctx context.Context, cli *client.Client, t *task.Task) error {
		old, err := e.present(ctx, cli, name)
		if err != nil {
			return err
		}
		sandbox.DeclareEdit(t, name)
		img, err := e.newestImage(ctx, t, old.Spec.Image)
		if err != nil {
			return err
		}
		if sameImage(img.ID, old.Inspect.Image) {
			t.Say("it is up to date")
			return nil
		}
		knows, err := e.mayBecome(ctx, cli, t, name, versionOf(old), img, e.Settings().Backup.BeforeUpdate)
		if err != nil {
			return err
		}
		with, err := volume.NewCopier(ctx, cli, old.Inspect.Image)
		if err != nil {
			return err
		}
		spec := old.Spec
		spec.Image = img.Reference
		err = e.change(ctx, cli, t, old, sandbox.Change{
			CreateOptions: sandbox.CreateOptions{Spec: spec, Agent: knows},
			With:          with,
			Point:         &sandbox.Point{Reason: "update", Roles: pointRoles},
		}, true)
		if err != nil {
			return err
		}
		return e.prunePoints(ctx, cli, name)
	})
}

// mayBecome looks whether a sandbox's data, which are of one version of opencode, may come under another image's: not under an older
// one, and under another major version, or whenever always says so, only after all was backed up. It gives what is known of that
// opencode.
func (e *Engine) mayBecome(ctx context.Context, cli *client.Client, t *task.Task, name, from string, img *image.Image, always bool) (agent.Agent, error) {
	to := img.Labels[sandbox.LabelVersion]
	if older(to, from) {
		return agent.Agent{}, &fault.Error{
			Kind: fault.BadInput, Op: "update " + name, Why: fmt.Sprintf("it runs opencode %s, and %s is older", from, to),
			Remedy: "An older opencode may not read what a newer one wrote. Roll back to a rollback point instead.",
		}
	}
	knows, err := agent.For(to)
	if err != nil {
		return knows, err
	}
	if crosses(from, to) {
		t.Log(fmt.Sprintf("opencode %s is another major version than %s, so all is backed up first", to, from))
	}
	if crosses(from, to) || always {
		if err := e.backUp(ctx, cli, t, name, e.scheduledPath(ctx, name, time.Now())); err != nil {
			return knows, err
		}
		e.pruneBackups(ctx, name)
	}
	return knows, nil
}

// versionOf is that of the opencode in a container; "" when its image does not tell.
func versionOf(found *sandbox.Found) string { return found.Inspect.Config.Labels[sandbox.LabelVersion] }

// sameImage compares ids; Podman leaves the algorithm out of some.
func sameImage(a, b string) bool {
	return strings.TrimPrefix(a, "sha256:") == strings.TrimPrefix(b, "sha256:")
}

// older reports whether a version of opencode is older than another; an unknown one is not.
func older(one, than string) bool {
	return one != "" && than != "" && semver.Compare("v"+one, "v"+than) < 0
}

// mayNotRead refuses an image whose opencode is older than the one that had the data; nil for any other.
func mayNotRead(op, had string, img *image.Image) error {
	has := img.Labels[sandbox.LabelVersion]
	if !older(has, had) {
		return nil
	}
	return &fault.Error{
		Kind: fault.BadInput, Op: op, Action: fault.OpenSettings, Why: fmt.Sprintf("it was made with opencode %s, and %s is older", had, has),
		Remedy: "An older opencode may not read what a newer one wrote. Choose an image with that one, or a newer Berth.",
	}
}

// crosses reports whether two versions of opencode are of different major versions; unknown ones are not.
func crosses(from, to string) bool {
	return from != "" && to != "" && semver.Major("v"+from) != semver.Major("v"+to)
}

// newestImage gets the image that a sandbox of that reference is updated to.
func (e *Engine) newestImage(ctx context.Context, t *task.Task, reference string) (*image.Image, error) {
	if pin, _, ok := e.Pin(); ok && repository(pin) == repository(reference) {
		return e.ensureImage(ctx, t, pin)
	}
	step := sandbox.ImageStep(t)
	job := e.joinImage(ctx, wanted{references: []string{reference}})
	step.Begin("see " + job.View().Title)
	if _, err := e.waitShared(ctx, job); err != nil {
		return nil, err
	}
	img, _, err := e.findImage(ctx, t, reference)
	if err == nil && img == nil {
		err = imageGone("get the image")
	}
	if err == nil {
		step.Done("ready")
	}
	return img, err
}

// updateOf is the version a sandbox can be updated to, as far as that is known without asking a registry; "" for none.
func (e *Engine) updateOf(s Sandbox) string {
	pin, version, ok := e.Pin()
	if !ok || s.Version == "" || repository(pin) != repository(s.Spec.Image) || semver.Compare("v"+version, "v"+s.Version) <= 0 {
		return ""
	}
	return version
}

// Point is a rollback point: what a sandbox was at one moment.
type Point struct {
	ID      string
	Reason  string // what it was made before: "update", "restore", "rollback"
	Created time.Time
	Version string // of opencode, "" when it is not known
	Image   string
	Roles   []agent.Role
}

// Points lists a sandbox's rollback points, the newest first. It waits for the engine.
func (e *Engine) Points(ctx context.Context, name string) ([]Point, error) {
	cli, err := e.daemon(ctx, "list rollback points")
	if err != nil {
		return nil, err
	}
	all, err := sandbox.Points(ctx, cli, name)
	points := make([]Point, len(all))
	for i, p := range all {
		points[i] = Point{ID: p.ID, Reason: p.Reason, Created: p.Created, Version: p.Version, Image: p.Image, Roles: p.Roles}
	}
	return points, err
}

// Rollback takes a sandbox back to a rollback point. It is a transaction like an update, and what the sandbox is now becomes
// a rollback point too, so that a rollback can be taken back.
func (e *Engine) Rollback(name, id string) task.ID {
	return e.onDaemon(task.Rollback, name, "Rolling "+name+" back", func(ctx context.Context, cli *client.Client, t *task.Task) error {
		old, err := e.present(ctx, cli, name)
		if err != nil {
			return err
		}
		p, err := sandbox.FindPoint(ctx, cli, name, id)
		if err != nil {
			return err
		}
		img, ok, err := image.Find(ctx, cli, p.ImageID)
		if err != nil {
			return err
		}
		if !ok {
			return &fault.Error{
				Kind: fault.ImageNotFound, Op: "roll " + name + " back", Why: "the image of that point was removed from the engine",
				Remedy: "Get the image " + p.Image + " again, or choose another point. Nothing was changed.",
			}
		}
		knows, err := agent.For(p.Version)
		if err != nil {
			return err
		}
		with, err := volume.NewCopier(ctx, cli, img.ID)
		if err != nil {
			return err
		}
		sandbox.DeclareEdit(t, name)
		step := t.Step("fill", "Put the data back").Weigh(2).Last()
		spec := p.Spec
		spec.Port = old.Spec.Port
		err = e.change(ctx, cli, t, old, sandbox.Change{
			CreateOptions: sandbox.CreateOptions{Spec: spec, Agent: knows, ImageID: img.ID},
			With:          with,
			Point:         &sandbox.Point{Reason: "rollback", Roles: p.Roles},
			Fill: func(ctx context.Context) error {
				step.Begin("copying")
				err := sandbox.PutBack(ctx, with, *p, func(role agent.Role, n int64) { step.Begin(fmt.Sprintf("%s: %d files", role, n)) })
				if err == nil {
					step.Done("back")
				}
				return err
			},
		}, true)
		if err != nil {
			return err
		}
		return e.prunePoints(ctx, cli, name)
	})
}

// RemovePoint removes a rollback point with its data.
func (e *Engine) RemovePoint(name, id string) task.ID {
	return e.onDaemon(task.Clean, name, "Removing a rollback point of "+name, func(ctx context.Context, cli *client.Client, _ *task.Task) error {
		p, err := sandbox.FindPoint(ctx, cli, name, id)
		if err != nil {
			return err
		}
		return sandbox.RemovePoint(ctx, cli, *p)
	})
}

// prunePoints keeps as many points of a sandbox as the settings say. That it could not is no failure of what was done.
func (e *Engine) prunePoints(ctx context.Context, cli *client.Client, name string) error {
	if err := sandbox.PrunePoints(ctx, cli, name, e.Settings().Update.KeptPoints()); err != nil {
		e.notice(name, "An old rollback point could not be removed: "+fault.From("", err).Cause())
	}
	e.volumes.Add(1)
	e.touch()
	return nil
}
